// SPDX-License-Identifier: Apache-2.0
// C++ wrappers of libhdf5's handles, errors and settings. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <exception>
#include <hdf5.h>
#include <string>
#include <utility>

namespace nms {

/// Owns any HDF5 identifier (file, group, dataset, type, space, property list, attribute).
class Hdf5Id
{
public:
    Hdf5Id() = default;
    explicit Hdf5Id(hid_t id) : m_id(id) { }
    Hdf5Id(Hdf5Id &&other) noexcept : m_id(std::exchange(other.m_id, H5I_INVALID_HID)) { }
    Hdf5Id &operator=(Hdf5Id &&other) noexcept
    {
        std::swap(m_id, other.m_id);
        return *this;
    }
    ~Hdf5Id() { close(); }

    bool valid() const { return m_id >= 0; }
    operator hid_t() const { return m_id; }

    /// False if closing failed; after writing, a full disk may be noticed only here.
    bool close() { return m_id < 0 || H5Idec_ref(std::exchange(m_id, H5I_INVALID_HID)) >= 0; }

private:
    hid_t m_id = H5I_INVALID_HID;
};

/// Runs the body of a callback that libhdf5 calls: an exception thrown through the library's own frames would leave its lock
/// held and its stacks only partly unwound. The library gets a failure instead, and the caller rethrows the exception
/// afterwards.
class Hdf5Callback
{
public:
    template <class Body> herr_t run(Body &&body) noexcept
    {
        try {
            return body();
        } catch (...) {
            m_thrown = std::current_exception();
            return -1;
        }
    }
    /// To be called when the library has returned.
    void rethrow() const
    {
        if (m_thrown)
            std::rethrow_exception(m_thrown);
    }

private:
    std::exception_ptr m_thrown;
};

/// libhdf5 prints its error stack to stderr unless that is switched off, per thread: so this is called before each sequence
/// of calls into the library.
void silenceHdf5();

/// The library's message about the last failed call of this thread, innermost cause first.
std::string hdf5ErrorText();

/// The installed library's version: the one that runs, not the one that it was built with.
struct Hdf5Version {
    unsigned major = 0, minor = 0, release = 0;
    std::string text() const; // "1.10.8"
};
Hdf5Version hdf5Version();

/// A link access property list that refuses to follow external links.
Hdf5Id hdf5LinkAccess();

/// "gzip", "shuffle", "lzf", …; "filter 32099" for one we have no name for.
std::string hdf5FilterName(H5Z_filter_t filter);
/// What to do if the filter is missing.
std::string hdf5FilterRemedy(H5Z_filter_t filter);

constexpr H5Z_filter_t hdf5FilterLzf = 32000; // h5py's own

} // namespace nms
