// SPDX-License-Identifier: Apache-2.0
// Small files of weights and activations.
#pragma once

#include <QByteArray>
#include <QFile>
#include <QString>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace nms {

/// A .npy of float32, rows × cols, of given values.
inline QString writeNpy(const QString &name, std::int64_t rows, std::int64_t cols, const std::vector<float> &values)
{
    QByteArray header = QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': (") +
        QByteArray::number(qlonglong(rows)) + ", " + QByteArray::number(qlonglong(cols)) + "), }";
    while ((10 + header.size() + 1) % 64 != 0)
        header += ' ';
    header += '\n';
    QFile file(name);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("\x93NUMPY\x01\x00", 8);
    const char size[] = {char(header.size() & 255), char(header.size() >> 8)};
    file.write(size, 2);
    file.write(header);
    file.write(reinterpret_cast<const char *>(values.data()), qint64(values.size() * sizeof(float)));
    return name;
}

/// The same of random values.
inline QString writeNpy(const QString &name, std::int64_t rows, std::int64_t cols, unsigned seed, bool isDependent)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t row = 0; row < rows; ++row) {
        const float common = isDependent ? normal(random) : 0;
        for (std::int64_t col = 0; col < cols; ++col)
            values[std::size_t(row * cols + col)] = normal(random) + common;
    }
    return writeNpy(name, rows, cols, values);
}

} // namespace nms
