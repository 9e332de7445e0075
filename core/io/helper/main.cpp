// SPDX-License-Identifier: Apache-2.0
// nms_hdf5_helper FILE: reads an HDF5 file for another process, which talks to it over its standard input and output and
// gives it memory to leave rows in (core/io/hdf5_helper.h). It may crash, hang or be killed: that is what it is for.
#include "core/io/hdf5_attributes.h"
#include "core/io/hdf5_chunks.h"
#include "core/io/hdf5_helper.h"
#include "core/io/hdf5_rows.h"
#include "core/io/regular_file.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <poll.h>
#include <set>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace nms;

void say(const std::string &line)
{
    std::cout << line << '\n' << std::flush;
}

/// Says now and then that something moved.
class Heartbeat
{
public:
    bool beat()
    {
        constexpr std::chrono::milliseconds often{100};
        const auto now = std::chrono::steady_clock::now();
        if (now - m_last > often) {
            m_last = now;
            say(hdf5Helper::alive);
        }
        return true;
    }

private:
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

class Helper
{
public:
    explicit Helper(std::string name) : m_name(std::move(name)) { }

    /// As Hdf5File reads it, but nothing comes of it.
    void tryStructure()
    {
        std::set<H5Z_filter_t> filters;
        Heartbeat heart;
        if (open()) {
            Hdf5ListingOptions options;
            options.fileBytes = m_fileBytes;
            options.isAvailable = [&](H5Z_filter_t filter) {
                filters.insert(filter);
                return true;
            };
            options.goOn = [&] {
                return heart.beat();
            };
            options.look = [&](hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record) {
                readHdf5Attributes(dataset);
                const Hdf5Id space(H5Dget_space(dataset));
                const Hdf5Id type(H5Dget_type(dataset));
                if (!record.chunked || !space.valid() || !type.valid())
                    return;
                hsize_t chunks = 0;
                H5Dget_num_chunks(dataset, space, &chunks); // looks at every one of them
                Hdf5ChunkReader::create(dataset, type, tensor, record, m_fileBytes);
            };
            const auto listing = listHdf5(m_file, m_name, options);
            const Hdf5Id root(H5Gopen2(m_file, "/", H5P_DEFAULT));
            if (listing && root.valid())
                readHdf5Attributes(root);
        }
        std::string answer = hdf5Helper::fine;
        for (const H5Z_filter_t filter : filters) {
            heart.beat();
            if (H5Zfilter_avail(filter) <= 0)
                answer += " " + std::to_string(filter);
        }
        say(answer);
    }

    void readRows(std::istream &request)
    {
        std::int64_t row0 = 0, rows = 0, bytes = 0, elementBytes = 0;
        Hdf5Record record;
        request >> row0 >> rows >> bytes >> elementBytes >> record.chunkRowBytes >> record.chunkBytes;
        request.ignore(1);
        std::string path;
        std::getline(request, path);
        const Status read = readInto(path, record, elementBytes, row0, rows, bytes);
        say(read ? std::string(hdf5Helper::fine) : hdf5Helper::wrong + (" " + Error{{}, {}, read.error().what, {}}.line()));
    }

private:
    bool open()
    {
        if (m_file.valid())
            return true;
        const auto file = RegularFile::open(m_name);
        if (!file)
            return false;
        m_fileBytes = file->size();
        silenceHdf5();
        m_file = Hdf5Id(H5Fopen(m_name.c_str(), H5F_ACC_RDONLY, hdf5FileAccess()));
        return m_file.valid();
    }

    Status readInto(const std::string &path, const Hdf5Record &record, std::int64_t elementBytes, std::int64_t row0,
                    std::int64_t rows, std::int64_t bytes)
    {
        if (!open())
            return fail(ErrorKind::Input, {}, "cannot be opened: " + hdf5ErrorText());
        if (m_path != path) {
            m_path.clear();
            if (Status opened = m_dataset.open(m_file, path, record, elementBytes); !opened)
                return opened;
            const Hdf5Id space(H5Dget_space(m_dataset.id()));
            hsize_t dimensions[H5S_MAX_RANK] = {};
            const int rank = H5Sget_simple_extent_dims(space, dimensions, nullptr);
            m_shape.assign(dimensions, dimensions + std::max(0, rank));
            m_path = path;
        }
        const auto window = m_window.map(bytes);
        if (!window)
            return fail(window.error());
        return m_dataset.read(m_shape, row0, rows, *window);
    }

    const std::string m_name;
    std::int64_t m_fileBytes = 0;
    Hdf5Id m_file;
    std::string m_path; // of the open dataset
    std::vector<std::int64_t> m_shape;
    Hdf5Dataset m_dataset;
    SharedWindow m_window{ChildProcess::sharedDescriptor};
};

/// A loop in libhdf5 would outlive a parent that was killed.
void endWithParent()
{
    std::thread([] {
        pollfd parent{STDIN_FILENO, 0, 0};
        while (poll(&parent, 1, -1) <= 0) { }
        _exit(EXIT_SUCCESS);
    }).detach();
}

/// Where memory runs out, this process goes first; and it leaves no core behind.
void bePrepared()
{
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
        (void)!::write(score, "900", 3);
        ::close(score);
    }
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    bePrepared();
    endWithParent();
    try {
        Helper helper(argv[1]);
        for (std::string line; std::getline(std::cin, line);) {
            std::istringstream request(line);
            std::string word;
            request >> word;
            if (word == hdf5Helper::tryRequest)
                helper.tryStructure();
            else if (word == hdf5Helper::readRequest)
                helper.readRows(request);
            else
                _exit(EXIT_FAILURE);
        }
    } catch (const std::bad_alloc &) {
        _exit(hdf5Helper::outOfMemory);
    }
    _exit(EXIT_SUCCESS); // what the library does at its end is not the question
}
