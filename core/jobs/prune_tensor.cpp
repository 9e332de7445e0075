// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/prune_tensor.h"

#include "core/io/weights_file.h"
#include "core/jobs/layer_inputs.h"
#include "core/jobs/mask_output.h"
#include "core/jobs/stored_values.h"
#include "core/prune/reconstruction_error.h"
#include "core/prune/row_blocks.h"
#include "core/sparsity/metrics.h"
#include "core/sparsity/transposed.h"
#include "core/tensor/row_panels.h"

#include <chrono>
#include <cmath>

namespace nms::jobs {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::int64_t inputsOf(const TensorInfo &tensor)
{
    return isInByOut(tensor) ? tensor.matrixRows() : tensor.cols();
}

/// The promise in the file's orientation.
MaskPromise promiseFor(const TensorInfo &tensor, const PruneOptions &options)
{
    MaskPromise promise = options.promise();
    if (isInByOut(tensor) && promise.lines == MaskPromise::Lines::Rows)
        promise.lines = MaskPromise::Lines::Columns;
    return promise;
}

/// Fractions of a tensor's work: activations, pruning; the rest is for storing.
constexpr double gramShare = 0.1, pruneShare = 0.85;

/// Progress of one part of a tensor: it starts at fraction `from` of its `weights` and covers the fraction `share`.
Progress partOf(const Progress &host, double weights, double from, double share)
{
    if (!host.report)
        return host;
    return {host.stop, [&host, weights, from, share](std::int64_t done, std::int64_t total) {
                const double part = total > 0 ? double(done) / double(total) : 0;
                host.report(std::llround(weights * (from + share * part)), 0);
            }};
}

class TensorPruner
{
public:
    TensorPruner(const PruneTensorParts &parts, const TensorInfo &tensor, const Progress &progress)
        : m_parts(parts), m_tensor(tensor), m_progress(progress), m_stored(tensor), m_mask(tensor.rows(), tensor.cols())
    { }

    Result<FinishedLayer> run()
    {
        for (std::int64_t matrix = 0; matrix < m_tensor.matrices(); ++matrix)
            if (const Status pruned = pruneMatrix(matrix); !pruned)
                return fail(errorIn(m_parts.weights.fileName(), inputsNameOf(m_tensor, matrix), pruned.error()));
        describe();
        return FinishedLayer{std::move(m_pruned), m_stored.takeBytes(), std::move(m_mask)};
    }

private:
    Status pruneMatrix(std::int64_t matrix)
    {
        const double size = double(m_tensor.matrixRows()) * double(m_tensor.cols()), before = double(matrix);
        const Result<const Gram *> read = readInputs(matrix, partOf(m_progress, size, before, gramShare));
        if (!read)
            return fail(read.error());
        const Gram *gram = *read;
        Matrix<float> weights(m_tensor.matrixRows(), m_tensor.cols());
        const std::int64_t row0 = matrix * m_tensor.matrixRows();
        if (const Status gotten = m_parts.weights.readRows(m_tensor, row0, weights.span()); !gotten)
            return gotten;
        if (const Status finite = requireFinite(weights.span(), row0, m_parts.weights, m_tensor); !finite)
            return finite;
        const bool turned = isInByOut(m_tensor);
        if (turned)
            weights = transposedOf(weights);
        const auto prune = m_parts.options.blocks ? pruneByBlocks : pruneLayer;
        Result<PrunedLayer> layer = prune({weights.span(), gram}, m_parts.options, m_parts.pruning,
                                          partOf(m_progress, size, before + gramShare, pruneShare));
        if (!layer)
            return fail(layer.error());
        add(*layer, maskSums(weights.span(), layer->mask, m_parts.options.tiles.threads));
        if (turned) {
            layer->weights = transposedOf(layer->weights);
            layer->mask = transposedOf(layer->mask);
        }
        m_stored.put(matrix, layer->mask, layer->weights.span());
        m_mask.assignRows(row0, layer->mask);
        layer->mask = {};
        return gram ? addError(weights, turned ? transposedOf(layer->weights) : std::move(layer->weights), *gram) : Status();
    }

    /// Null if there are no activations.
    Result<const Gram *> readInputs(std::int64_t matrix, const Progress &progress)
    {
        if (!m_parts.calibration.isOpen())
            return nullptr;
        const auto start = Clock::now();
        const auto gram = m_parts.calibration.gramOf(inputsNameOf(m_tensor, matrix), m_parts.pruning.algebra,
                                                     m_parts.options.tiles.threads, progress);
        m_pruned.calibrationSeconds += since(start);
        if (gram) {
            m_pruned.samples = (*gram)->samples;
            m_pruned.deadInputs += (*gram)->deadInputs();
        }
        return gram;
    }

    void add(const PrunedLayer &layer, const MaskSums &sums)
    {
        m_pruned.totals += layer.totals;
        m_scores += layer.scores;
        m_sums += sums;
        m_pruned.iterations = std::max(m_pruned.iterations, layer.iterations);
        m_pruned.refinements = std::max(m_pruned.refinements, layer.refinements);
        m_pruned.report.seconds += layer.seconds;
        m_pruned.tileSeconds += layer.tileSeconds;
        m_pruned.tileSolves += layer.tileSolves;
        for (const int keep : layer.blockKeeps)
            ++m_pruned.blocksByKeep[keep];
    }

    /// The error of the weights as stored, after rounding.
    Status addError(const Matrix<float> &weights, const Matrix<float> &stored, const Gram &gram)
    {
        const auto error =
            reconstructionError(weights.span(), stored.span(), gram, m_parts.pruning.algebra, m_parts.options.tiles.threads);
        if (!error)
            return fail(error.error());
        m_error += *error;
        m_hasError = true;
        return {};
    }

    void describe()
    {
        const PruneOptions &options = m_parts.options;
        MaskReport &report = m_pruned.report;
        report.path = m_tensor.path;
        report.shape = m_tensor.shape;
        report.axes = m_tensor.axes.letters;
        report.pattern = options.tiles.pattern;
        report.method = nameOf(options.choice().method);
        report.tiles = m_pruned.totals.tiles;
        report.keptFraction = double(m_sums.kept) / double(m_tensor.elements());
        report.objective = m_pruned.totals.objective;
        report.upperBound = m_pruned.totals.upperBound;
        report.relativeGap = m_pruned.totals.relativeGap;
        report.keptMagnitude = m_sums.magnitude > 0 ? m_sums.keptMagnitude / m_sums.magnitude : 1;
        report.relativeSquaredError = m_sums.squared > 0 ? m_sums.squaredLost / m_sums.squared : 0;
        report.keptScore = m_scores > 0 ? m_pruned.totals.objective / m_scores : 1;
        if (m_hasError) {
            m_pruned.error = m_error.relative();
            m_pruned.energy = m_error.whole;
        }
    }

    const PruneTensorParts &m_parts;
    const TensorInfo &m_tensor;
    const Progress &m_progress;
    StoredValues m_stored;
    Mask m_mask;
    PrunedTensor m_pruned;
    MaskSums m_sums;
    ReconstructionError m_error;
    double m_scores = 0;
    bool m_hasError = false;
};

} // namespace

std::string inputsNameOf(const TensorInfo &tensor, std::int64_t matrix)
{
    return tensor.matrices() == 1 ? tensor.tensorPath() : matrixOf(tensor, matrix).path;
}

Status CalibrationFile::open(const std::string &file, const std::stop_token &stop)
{
    auto opened = openWeights(file, stop);
    if (!opened)
        return fail(opened.error());
    m_source = std::move(*opened);
    return {};
}

Status CalibrationFile::check(const std::string &tensor, std::int64_t inputs) const
{
    const auto entry = findCalibration(*m_source, tensor, m_rules);
    if (!entry)
        return fail(entry.error());
    return checkCalibration(*m_source, *entry, tensor, inputs);
}

Result<const Gram *> CalibrationFile::gramOf(const std::string &tensor, LinearAlgebra &algebra, int threads,
                                             const Progress &progress)
{
    const auto entry = findCalibration(*m_source, tensor, m_rules);
    if (!entry)
        return fail(entry.error());
    if (entry->data.path == m_path)
        return &m_gram;
    m_path.clear();
    m_gram = {};
    Result<Gram> gram = readGram(*m_source, *entry, algebra, threads, progress);
    if (!gram)
        return fail(gram.error());
    m_gram = std::move(*gram);
    m_path = entry->data.path;
    return &m_gram;
}

Status checkPrunable(const TensorSource &weights, const TensorInfo &tensor, const CalibrationFile &calibration,
                     const PruneOptions &options)
{
    const std::string where = weights.fileName() + ": " + tensor.path;
    if (tensor.matrix)
        return fail(ErrorKind::Unsupported, where, "is one matrix of a stack: only whole tensors are pruned",
                    "name " + tensor.tensorPath());
    if (!canStore(tensor.dtype))
        return fail(ErrorKind::Unsupported, where,
                    "holds " + std::string(nameOf(tensor.dtype)) + ": pruned weights are written in f16, bf16, f32 or f64",
                    "leave it out with --exclude, or find a mask alone with nmscope solve");
    if (!calibration.isOpen()) {
        if (traitsOf(options.framework).usesInputs)
            return fail(ErrorKind::Usage, "calibration",
                        std::string(traitsOf(options.framework).name) + " needs what goes into each layer",
                        "give a file of activations with --calibration");
        return {};
    }
    for (std::int64_t matrix = 0; matrix < tensor.matrices(); ++matrix) {
        Status fits = calibration.check(inputsNameOf(tensor, matrix), inputsOf(tensor));
        if (fits)
            continue;
        if (tensor.matrices() > 1)
            fits.error().what += ", one of the " + std::to_string(tensor.matrices()) + " matrices of " + tensor.path;
        return fits;
    }
    return {};
}

Result<FinishedLayer> pruneTensor(const PruneTensorParts &parts, const TensorInfo &stored, const Progress &progress)
{
    TensorInfo tensor = stored;
    if (const Status fitted = fitToFloat(parts.weights, tensor, progress.stop); !fitted)
        return fail(fitted.error());
    return TensorPruner(parts, tensor, progress).run();
}

Status writeLayer(const FinishedLayer &layer, const TensorInfo &tensor, const PruneOptions &options,
                  const std::string &source, WeightsCopy &copy, MaskWriter *masks)
{
    if (const Status written = copy.write(tensor, 0, layer.weights); !written)
        return written;
    if (masks == nullptr)
        return {};
    if (const Status begun = masks->beginTensor(tensor, promiseFor(tensor, options)); !begun)
        return begun;
    if (const Status written = writeRows(*masks, 0, layer.mask, 0, layer.mask.rows()); !written)
        return written;
    // The scores are the framework's own, except |W|, whose figures hold for the weights as they were.
    const FrameworkTraits &traits = traitsOf(options.framework);
    MaskFacts facts =
        factsOf(options.choice(), layer.report.totals, source, traits.usesInputs ? std::string(traits.name) : std::string());
    if (options.blocks) { // not a method that verify knows: each line keeps at most the largest N
        facts.pattern = options.promise().pattern;
        facts.method += "+blocks";
    }
    return masks->finishTensor(facts);
}

} // namespace nms::jobs
