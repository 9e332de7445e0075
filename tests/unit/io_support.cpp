// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/io_support.h"

#include "core/tensor/row_panels.h"

namespace nms::test {

Hdf5Builder::Hdf5Builder(const std::string &path, unsigned flags)
    : m_file(flags == H5F_ACC_RDWR ? H5Fopen(path.c_str(), flags, H5P_DEFAULT)
                                   : H5Fcreate(path.c_str(), flags, H5P_DEFAULT, H5P_DEFAULT))
{
    EXPECT_GE(m_file, 0) << path;
}

Hdf5Builder::~Hdf5Builder()
{
    EXPECT_GE(H5Fclose(m_file), 0);
}

void Hdf5Builder::dataset(const std::string &path, hid_t type, const std::vector<hsize_t> &shape, const void *elements,
                          hid_t creation) const
{
    const hid_t space = shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(int(shape.size()), shape.data(), nullptr);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t dataset = H5Dcreate2(m_file, path.c_str(), type, space, links, creation, H5P_DEFAULT);
    ASSERT_GE(dataset, 0) << path;
    if (elements) {
        EXPECT_GE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements), 0) << path;
    }
    H5Dclose(dataset);
    H5Pclose(links);
    H5Sclose(space);
    if (creation != H5P_DEFAULT)
        H5Pclose(creation);
}

void Hdf5Builder::group(const std::string &path) const
{
    H5Gclose(H5Gcreate2(m_file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

void Hdf5Builder::text(const std::string &object, const std::string &attribute, const std::string &value) const
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, value.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t id =
        H5Acreate_by_name(m_file, object.c_str(), attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(id, type, value.data()), 0);
    H5Aclose(id);
    H5Sclose(space);
    H5Tclose(type);
}

void Hdf5Builder::number(const std::string &object, const std::string &attribute, std::int64_t value) const
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t id = H5Acreate_by_name(m_file, object.c_str(), attribute.c_str(), H5T_STD_I64LE, space, H5P_DEFAULT,
                                       H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(id, H5T_NATIVE_INT64, &value), 0);
    H5Aclose(id);
    H5Sclose(space);
}

hid_t chunked(const std::vector<hsize_t> &chunk, bool gzip)
{
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, int(chunk.size()), chunk.data());
    if (gzip) {
        H5Pset_shuffle(creation);
        H5Pset_deflate(creation, 1);
    }
    return creation;
}

hid_t bfloat16Type()
{
    const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 7, 8, 0, 7);
    H5Tset_precision(type, 16);
    H5Tset_ebias(type, 127);
    H5Tset_size(type, 2);
    return type;
}

hid_t halfType(bool bigEndian)
{
    const hid_t type = H5Tcopy(bigEndian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_precision(type, 16);
    H5Tset_ebias(type, 15);
    H5Tset_size(type, 2);
    return type;
}

std::vector<float> gentleValues(std::int64_t rows, std::int64_t cols)
{
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < cols; ++j)
            values[std::size_t(i * cols + j)] = float((i * 31 + j * 7) % 255 - 127) / 8;
    return values;
}

std::string safetensorsBytes(const std::string &header, const std::string &data)
{
    std::string prefix;
    for (int i = 0; i < 8; ++i)
        prefix += char(header.size() >> (8 * i) & 0xff);
    return prefix + header + data;
}

Matrix<float> readAll(TensorSource &source, const std::string &path)
{
    const auto tensor = findTensor(source, path);
    if (!tensor) {
        ADD_FAILURE() << tensor.error().line();
        return {};
    }
    auto matrix = readMatrix(source, *tensor, std::int64_t(1) << 30);
    if (!matrix) {
        ADD_FAILURE() << matrix.error().line();
        return {};
    }
    return *std::move(matrix);
}

} // namespace nms::test
