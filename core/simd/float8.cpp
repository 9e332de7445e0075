// SPDX-License-Identifier: Apache-2.0
#include "core/simd/float8.h"

#include "core/simd/half.h"

#include <array>
#include <bit>

namespace nms {

namespace {

using Table = std::array<float, 256>;

template <class Decode> Table tableOf(Decode decode)
{
    Table table;
    for (unsigned bits = 0; bits < table.size(); ++bits)
        table[bits] = decode(std::uint8_t(bits));
    return table;
}

void decodeAll(const Table &table, std::span<const std::byte> from, std::span<float> to)
{
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = table[std::size_t(from[i])];
}

} // namespace

float float8E4M3ToFloat(std::uint8_t bits)
{
    const std::uint32_t sign = std::uint32_t(bits & 0x80U) << 24;
    const std::uint32_t magnitude = bits & 0x7fU;
    if (magnitude == 0x7fU)
        return std::bit_cast<float>(sign | 0x7fc00000U);
    if (magnitude >= 0x08U) // normal: move the exponent's bias from 7 to 127
        return std::bit_cast<float>(sign | ((magnitude << 20) + (120U << 23)));
    const float value = float(magnitude) * 0x1p-9F; // subnormal or zero: exact in float
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
}

float float8E5M2ToFloat(std::uint8_t bits)
{
    return halfToFloat(std::uint16_t(bits << 8));
}

void float8E4M3ToFloat(std::span<const std::byte> from, std::span<float> to)
{
    static const Table table = tableOf([](std::uint8_t bits) { return float8E4M3ToFloat(bits); });
    decodeAll(table, from, to);
}

void float8E5M2ToFloat(std::span<const std::byte> from, std::span<float> to)
{
    static const Table table = tableOf([](std::uint8_t bits) { return float8E5M2ToFloat(bits); });
    decodeAll(table, from, to);
}

} // namespace nms
