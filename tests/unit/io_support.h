// SPDX-License-Identifier: Apache-2.0
// Building files for the tests of core/io, with libraries' own calls and none of ours.
#pragma once

#include "core/io/weights_file.h"
#include "tests/support/temp_folder.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <string>
#include <vector>

namespace nms::test {

/// An HDF5 file under construction; closed (so complete) when it goes.
class Hdf5Builder
{
public:
    /// `flags`: H5F_ACC_RDWR to go on with a file that is there.
    explicit Hdf5Builder(const std::string &path, unsigned flags = H5F_ACC_TRUNC);
    Hdf5Builder(const Hdf5Builder &) = delete;
    Hdf5Builder &operator=(const Hdf5Builder &) = delete;
    ~Hdf5Builder();

    hid_t file() const { return m_file; }

    /// A dataset with its elements given as they lie in memory; `type` says what they are there and in the file alike.
    /// `creation` (a property list, consumed) defaults to contiguous. No data when `elements` is null.
    void dataset(const std::string &path, hid_t type, const std::vector<hsize_t> &shape, const void *elements,
                 hid_t creation = H5P_DEFAULT) const;
    void group(const std::string &path) const;
    void text(const std::string &object, const std::string &attribute, const std::string &value) const;
    void number(const std::string &object, const std::string &attribute, std::int64_t value) const;

private:
    hid_t m_file;
};

/// Property list of a chunked dataset: gzip + shuffle when `gzip`.
hid_t chunked(const std::vector<hsize_t> &chunk, bool gzip);

/// A 2-byte float type with bf16's fields.
hid_t bfloat16Type();
/// A 2-byte float type with half's fields; big-endian when asked.
hid_t halfType(bool bigEndian);

/// rows × cols numbers that f16 and bf16 hold exactly (small multiples of 1/8), all different along a row.
std::vector<float> gentleValues(std::int64_t rows, std::int64_t cols);

/// Length prefix, header, data.
std::string safetensorsBytes(const std::string &header, const std::string &data);

/// The tensor's whole matrix; a failed expectation and an empty matrix when it cannot be read.
Matrix<float> readAll(TensorSource &source, const std::string &path);

/// The error's line of what should have failed; "" and a failed expectation when it did not.
template <class T> std::string errorOf(const Result<T> &result, ErrorKind kind)
{
    if (result) {
        ADD_FAILURE() << "succeeded";
        return {};
    }
    EXPECT_EQ(result.error().kind, kind) << result.error().line();
    return result.error().line();
}

} // namespace nms::test
