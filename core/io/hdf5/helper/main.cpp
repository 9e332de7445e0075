// SPDX-License-Identifier: Apache-2.0
// nms_hdf5_helper NAME OFFSET BYTES: reads an HDF5 file for its parent process, which has opened the file, communicates with
// the helper over standard input and output, and provides shared memory for the answers (core/io/hdf5/helper.h).
// nms_hdf5_helper --write NAME: writes to an HDF5 file. The helper may crash, hang or be killed without harm to its parent.
#include "core/base/number_text.h"
#include "core/io/disk/regular_file.h"
#include "core/io/hdf5/attributes.h"
#include "core/io/hdf5/helper.h"
#include "core/io/hdf5/helper/row_writer.h"
#include "core/io/hdf5/input_driver.h"
#include "core/io/hdf5/rows.h"
#include "core/io/hdf5/superblock.h"
#include "core/io/hdf5/wire.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <optional>
#include <poll.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace nms {

namespace {

/// A number, or numbers, of the file's own attributes as text, like all metadata.
std::string numberText(const AttributeValue &value)
{
    if (const auto *flag = std::get_if<bool>(&value))
        return *flag ? "true" : "false";
    if (const auto *integer = std::get_if<std::int64_t>(&value))
        return std::to_string(*integer);
    if (const auto *real = std::get_if<double>(&value))
        return formatNumber(*real, 17);
    std::string text = "[";
    for (const std::int64_t number : std::get<std::vector<std::int64_t>>(value))
        text += (text.size() > 1 ? ", " : "") + std::to_string(number);
    return text + "]";
}

void say(const std::string &line)
{
    std::cout << line << '\n' << std::flush;
}

/// Reports progress from time to time.
class Heartbeat
{
public:
    void beat()
    {
        constexpr std::chrono::milliseconds often{100};
        const auto now = std::chrono::steady_clock::now();
        if (now - m_last > often) {
            m_last = now;
            say(hdf5Helper::alive);
        }
    }

private:
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

class Helper
{
public:
    Helper(std::string name, std::int64_t offset, std::int64_t bytes)
        : m_name(std::move(name)), m_offset(offset), m_bytes(bytes)
    { }

    /// Handles a request; returns the number of bytes of the answer in the shared memory.
    Result<std::int64_t> answer(const std::string &line)
    {
        if (Status opened = open(); !opened)
            return fail(opened.error());
        std::istringstream request(line);
        std::string word;
        request >> word;
        if (word == hdf5Helper::list)
            return list();
        if (word == hdf5Helper::attributes)
            return readAttributes(request);
        if (word == hdf5Helper::readRows)
            return readRows(request);
        if (word == hdf5Helper::readChunks)
            return readChunks(request);
        return fail(ErrorKind::Internal, {}, "got an unknown request");
    }

private:
    Status open()
    {
        if (m_file.valid())
            return {};
        if (!m_input) {
            auto file = RegularFile::ofDescriptor(m_name, ChildProcess::inputDescriptor);
            if (!file)
                return fail(ErrorKind::Io, {}, file.error().what);
            auto window = (*std::move(file)).window(m_offset, m_bytes);
            if (!window)
                return fail(ErrorKind::Input, {}, window.error().what);
            m_input.emplace(*std::move(window));
        }
        if (Status closed = requireClosed(*m_input); !closed)
            return closed;
        silenceHdf5();
        const Hdf5Id access = hdf5InputAccess(*m_input); // stays open: closing it would clear the library's error message
        m_file = Hdf5Id(access.valid() ? H5Fopen(m_name.c_str(), H5F_ACC_RDONLY, access) : H5I_INVALID_HID);
        if (!m_file.valid()) {
            const std::string text = hdf5ErrorText(); // the next call into the library clears it
            return fail(explainUnopened(*m_input, text, hdf5Version().text()));
        }
        return {};
    }

    Result<std::int64_t> list()
    {
        Heartbeat heart;
        const auto alive = [&] {
            heart.beat();
        };
        const auto look = [](hid_t dataset, const Hdf5Record &record) {
            const Hdf5Id space(record.chunk.empty() ? H5I_INVALID_HID : H5Dget_space(dataset));
            hsize_t chunks = 0;
            if (space.valid())
                H5Dget_num_chunks(dataset, space, &chunks); // visits each of them
        };
        auto listing = listHdf5(m_file, m_name, {*m_input, alive, look});
        if (!listing)
            return fail(listing.error());
        const Hdf5Id root(H5Gopen2(m_file, "/", H5P_DEFAULT));
        for (auto &[name, value] : readHdf5Attributes(root)) {
            if (auto *text = std::get_if<std::string>(&value))
                listing->metadata.emplace(name, std::move(*text));
            else if (const auto *unread = std::get_if<UnreadAttribute>(&value))
                listing->skipped.push_back(
                    {"/", "has an attribute " + name + " of a kind that is not read", unread->holdsNumbers});
            else
                listing->metadata.emplace(name, numberText(value));
        }
        return put(toWire(*listing));
    }

    Result<std::int64_t> readAttributes(std::istream &request)
    {
        const Hdf5Id object(H5Dopen2(m_file, pathIn(request).c_str(), H5P_DEFAULT));
        if (!object.valid())
            return fail(ErrorKind::Input, {}, "cannot be opened: " + hdf5ErrorText());
        return put(toWire(readHdf5Attributes(object)));
    }

    Result<std::int64_t> readRows(std::istream &request)
    {
        std::int64_t row0 = 0, rows = 0, bytes = 0, elementBytes = 0;
        Hdf5Record record;
        request >> row0 >> rows >> bytes >> elementBytes >> record.chunkRowBytes >> record.chunkBytes;
        if (Status opened = openDataset(pathIn(request), record, elementBytes); !opened)
            return fail(opened.error());
        auto window = m_window.grow(bytes);
        if (!window)
            return fail(window.error());
        if (record.chunkBytes > 0) // the library leaves the buffer as it is if there is neither data nor a fill value
            std::memset(window->data(), 0, window->size());
        if (Status read = m_dataset.read(row0, rows, *window); !read)
            return fail(read.error());
        return bytes;
    }

    Result<std::int64_t> readChunks(std::istream &request)
    {
        std::int64_t first = 0, count = 0, largest = 0, elementBytes = 0;
        request >> first >> count >> largest >> elementBytes;
        if (Status opened = openDataset(pathIn(request), {}, elementBytes); !opened)
            return fail(opened.error());
        std::int64_t end = 0;
        for (std::int64_t i = 0; i < count && end < hdf5Helper::usualWindow; ++i) {
            const auto bytes = m_dataset.storedBytes(first + i);
            if (!bytes)
                return fail(bytes.error());
            if (*bytes > largest)
                return fail(ErrorKind::Input, {},
                            "has a chunk that claims " + std::to_string(*bytes) + " bytes, more than it can have");
            const std::int64_t begin = end + std::int64_t(sizeof(StoredChunkHead));
            // In large steps, since each growth maps the memory again.
            auto window = m_window.grow(std::max(begin + *bytes, std::min(2 * end, hdf5Helper::usualWindow)));
            if (!window)
                return fail(window.error());
            const auto skipped = m_dataset.readStored(first + i, window->subspan(std::size_t(begin), std::size_t(*bytes)));
            if (!skipped)
                return fail(skipped.error());
            const StoredChunkHead head = {*bytes, *skipped};
            std::memcpy(window->data() + end, &head, sizeof head);
            end = begin + *bytes;
        }
        return end;
    }

    Status openDataset(const std::string &path, const Hdf5Record &record, std::int64_t elementBytes)
    {
        if (m_path == path)
            return {};
        m_path.clear();
        if (Status opened = m_dataset.open(m_file, path, record, elementBytes); !opened)
            return opened;
        m_path = path;
        return {};
    }

    static std::string pathIn(std::istream &request)
    {
        std::string path;
        request.ignore(1);
        std::getline(request, path);
        return path;
    }

    Result<std::int64_t> put(const std::string &text)
    {
        const auto bytes = std::int64_t(text.size());
        if (bytes > hdf5Helper::largestListing)
            return fail(ErrorKind::Input, {}, "has more names and texts than any weights file");
        auto window = m_window.grow(bytes);
        if (!window)
            return fail(window.error());
        std::memcpy(window->data(), text.data(), text.size());
        return bytes;
    }

    const std::string m_name;
    const std::int64_t m_offset, m_bytes;
    std::optional<RegularFile> m_input;
    Hdf5Id m_file;
    std::string m_path; // of the open dataset
    Hdf5Dataset m_dataset;
    SharedWindow m_window{ChildProcess::sharedDescriptor};
};

/// Ends this process with its parent: an endless loop in libhdf5 would otherwise outlive a parent that was killed.
void endWithParent()
{
    std::thread([] {
        pollfd parent{STDIN_FILENO, 0, 0};
        while (poll(&parent, 1, -1) <= 0) { }
        _exit(EXIT_SUCCESS);
    }).detach();
}

/// If memory runs out, the kernel kills this process first; and it leaves no core file.
void setProcessLimits()
{
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
        (void)!::write(score, "900", 3);
        ::close(score);
    }
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

template <class Worker> void serve(Worker &worker)
{
    for (std::string line; std::getline(std::cin, line);) {
        const auto bytes = worker.answer(line);
        say(bytes ? std::string(hdf5Helper::fine) + " " + std::to_string(*bytes) : hdf5Helper::toLine(bytes.error()));
    }
}

} // namespace

} // namespace nms

int main(int argc, char **argv)
{
    using namespace nms;
    const bool writes = argc == 3 && std::string_view(argv[1]) == hdf5Helper::writing;
    if (argc != 4 && !writes)
        return EXIT_FAILURE;
    setProcessLimits();
    endWithParent();
    try {
        if (writes) {
            RowWriter writer;
            serve(writer);
        } else {
            Helper helper(argv[1], std::strtoll(argv[2], nullptr, 10), std::strtoll(argv[3], nullptr, 10));
            serve(helper);
        }
    } catch (const std::bad_alloc &) {
        _exit(hdf5Helper::outOfMemory);
    }
    _exit(EXIT_SUCCESS); // without the library's cleanup at exit
}
