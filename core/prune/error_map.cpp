// SPDX-License-Identifier: Apache-2.0
#include "core/prune/error_map.h"

#include <algorithm>
#include <utility>

namespace nms {

namespace {

constexpr std::int64_t panelRows = 512; // enough for a product to run at full speed

} // namespace

Result<ErrorMapper> ErrorMapper::make(Span2d<const float> weights, const Gram &gram, LinearAlgebra &algebra, int threads)
{
    // Products are in float32, with H scaled to a diagonal near one; their results are summed in double.
    const double unit = gram.meanSquare() > 0 ? gram.meanSquare() : 1;
    Matrix<float> h(gram.inputs(), gram.inputs());
    std::transform(gram.h.data(), gram.h.data() + gram.h.size(), h.data(),
                   [unit](double value) { return static_cast<float>(value / unit); });
    auto product = algebra.symmetric(h.span(), threads);
    if (!product)
        return fail(product.error());
    ErrorMapper mapper(weights, std::move(*product));
    ErrorMap whole;
    if (const Status summed = mapper.sum(nullptr, whole); !summed)
        return fail(summed.error());
    mapper.m_whole = whole.relative;
    return mapper;
}

Result<ErrorMap> ErrorMapper::of(Span2d<const float> pruned)
{
    ErrorMap map;
    map.entries = Matrix<float>(m_weights.rows, m_weights.cols);
    if (const Status summed = sum(&pruned, map); !summed)
        return fail(summed.error());
    const double unit = m_whole > 0 ? 1 / m_whole : 0;
    map.relative *= unit;
    for (double &row : map.rows)
        row *= unit;
    for (double &col : map.cols)
        col *= unit;
    std::for_each_n(map.entries.data(), map.entries.size(), [unit](float &entry) { entry = float(double(entry) * unit); });
    return map;
}

/// Sums for W − Ŵ; if `pruned` is null, for W itself, and then only the total. In the scale of m_h.
Status ErrorMapper::sum(const Span2d<const float> *pruned, ErrorMap &map)
{
    const std::int64_t cols = m_weights.cols;
    map.rows.assign(std::size_t(m_weights.rows), 0);
    map.cols.assign(std::size_t(cols), 0);
    Matrix<float> rows(std::min(panelRows, m_weights.rows), cols), image(rows.rows(), cols);
    for (std::int64_t first = 0; first < m_weights.rows; first += panelRows) {
        const std::int64_t count = std::min(panelRows, m_weights.rows - first);
        const Span2d<float> part = rows.span().block(0, 0, count, cols), out = image.span().block(0, 0, count, cols);
        for (std::int64_t row = 0; row < count; ++row)
            for (std::int64_t col = 0; col < cols; ++col)
                part(row, col) = m_weights(first + row, col) - (pruned != nullptr ? (*pruned)(first + row, col) : 0.0F);
        if (const Status done = m_h->multiply(part, out); !done)
            return done;
        for (std::int64_t row = 0; row < count; ++row) {
            double sum = 0;
            for (std::int64_t col = 0; col < cols; ++col) {
                const double entry = double(part(row, col)) * double(out(row, col));
                sum += entry;
                map.cols[std::size_t(col)] += entry;
                if (pruned != nullptr)
                    map.entries(first + row, col) = static_cast<float>(entry);
            }
            map.rows[std::size_t(first + row)] = sum;
            map.relative += sum;
        }
    }
    map.relative = std::max(0.0, map.relative);
    return {};
}

} // namespace nms
