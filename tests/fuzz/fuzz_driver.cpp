// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer: a fixed number of mutations of its seeds from a fixed beginning, the same each time.
//   TARGET [executions [first]]    TARGET --write-seeds FOLDER    TARGET --input FILE
// NMS_FUZZ_EXECUTIONS in the environment: so many, whatever the first argument says.
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using Random = std::mt19937_64;

std::size_t below(Random &random, std::size_t limit)
{
    return limit ? std::size_t(random() % limit) : 0;
}

/// Overwrites 1, 2, 4 or 8 bytes with a number that parsers trip over.
void plantNumber(std::string &input, Random &random)
{
    static constexpr std::uint64_t numbers[] = {0,          1,           2,          0x7f,       0x80,
                                                0xff,       0x7fff,      0xffff,     0x7fffffff, 0x80000000,
                                                0xffffffff, 0x100000000, 1ULL << 40, 1ULL << 62, 0x7fffffffffffffff,
                                                ~0ULL};
    const std::size_t width = std::size_t(1) << below(random, 4);
    if (input.size() < width)
        return;
    const std::uint64_t number = numbers[below(random, std::size(numbers))];
    std::memcpy(input.data() + below(random, input.size() - width + 1), &number, width);
}

void mutateOnce(std::string &input, const std::vector<std::string> &seeds, Random &random)
{
    const std::size_t at = below(random, input.size());
    const std::size_t length = 1 + below(random, std::min<std::size_t>(64, input.size() - at));
    switch (below(random, 32)) { // what moves everything behind it is rare: few inputs would get past the first checks
    default:
        if (!input.empty())
            input[at] = char(input[at] ^ (1 << below(random, 8)));
        break;
    case 0:
    case 1:
    case 2:
    case 3:
        if (!input.empty())
            input[at] = char(random());
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        plantNumber(input, random);
        break;
    case 8:
        input.erase(at, length);
        break;
    case 9:
        input.insert(at, std::string(input, at, length));
        break;
    case 10: { // a piece of some seed over this place
        const std::string &other = seeds[below(random, seeds.size())];
        const std::size_t from = below(random, other.size());
        const std::string piece = other.substr(from, 1 + below(random, 64));
        input.replace(at, std::min(piece.size(), input.size() - at), piece);
        break;
    }
    case 11:
        input.resize(at);
        break;
    }
}

/// What a parser wants beyond this, or is refused and does not cope with, ends the run.
void limitMemory()
{
#if !defined(__SANITIZE_ADDRESS__)
    const rlimit most{rlim_t(4) << 30, RLIM_INFINITY};
    ::setrlimit(RLIMIT_AS, &most);
#endif
}

/// MiB, of this process or of the largest that it has started.
long mostMemory(int whose)
{
    rusage usage{};
    ::getrusage(whose, &usage);
    return usage.ru_maxrss / 1024;
}

int writeSeeds(const std::string &folder)
{
    int number = 0;
    for (const std::string &seed : nms::fuzz::seeds())
        std::ofstream(folder + "/seed-" + std::to_string(number++), std::ios::binary) << seed;
    return 0;
}

void runOne(const std::string &input)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(input.data()), input.size());
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--write-seeds") == 0)
        return writeSeeds(argv[2]);
    if (argc == 3 && std::strcmp(argv[1], "--input") == 0) {
        std::ifstream in(argv[2], std::ios::binary);
        runOne({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
        return 0;
    }
    const char *wanted = std::getenv("NMS_FUZZ_EXECUTIONS");
    const unsigned long executions = std::strtoul(wanted ? wanted : argc > 1 ? argv[1] : "1000", nullptr, 10);
    const unsigned long first = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0;
    limitMemory();
    double slowest = 0;
    unsigned long slowestInput = 0;
    const std::vector<std::string> seeds = nms::fuzz::seeds();
    for (const std::string &seed : seeds)
        runOne(seed);
    const unsigned long acceptedSeeds = nms::fuzz::accepted;
    for (unsigned long i = first; i < first + executions; ++i) {
        Random random(i); // each input by its own number, so that one that fails can be run alone
        std::string input = seeds[below(random, seeds.size())];
        for (std::size_t mutations = 1 + below(random, 6); mutations > 0; --mutations)
            mutateOnce(input, seeds, random);
        if (const char *log = std::getenv("NMS_FUZZ_LOG")) // keeps the input that is running
            std::ofstream(log, std::ios::binary) << input;
        // An input that hangs ends the run: by SIGALRM where time passes, by SIGPROF where we compute. On its own computing
        // the helper process has a limit.
        constexpr itimerval computing = {{0, 0}, {5, 0}}, none = {{0, 0}, {0, 0}};
        ::alarm(60);
        ::setitimer(ITIMER_PROF, &computing, nullptr);
        const auto begin = std::chrono::steady_clock::now();
        runOne(input);
        ::setitimer(ITIMER_PROF, &none, nullptr);
        ::alarm(0);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        if (seconds.count() > slowest) {
            slowest = seconds.count();
            slowestInput = i;
        }
    }
    const unsigned long accepted = nms::fuzz::accepted - acceptedSeeds;
    std::printf("%lu executions, %lu accepted; the slowest, input %lu, took %.2f s; most memory %ld MiB here, %ld MiB in "
                "the helper\n",
                executions, accepted, slowestInput, slowest, mostMemory(RUSAGE_SELF), mostMemory(RUSAGE_CHILDREN));
    return accepted > 0 && acceptedSeeds > 0 ? 0 : 1;
}
