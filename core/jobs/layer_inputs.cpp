// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/layer_inputs.h"

#include "core/io/weights_file.h"

#include <utility>

namespace nms::jobs {

namespace {

struct OpenInputs {
    std::unique_ptr<TensorSource> file;
    CalibrationEntry entry;
};

Result<OpenInputs> open(const std::string &calibration, const TensorInfo &tensor, const std::stop_token &stop)
{
    Result<std::unique_ptr<TensorSource>> file = openWeights(calibration, stop);
    if (!file)
        return fail(file.error());
    auto entry = findCalibration(**file, tensor.path, {});
    if (!entry)
        return fail(entry.error());
    const std::int64_t inputs = isInByOut(tensor) ? tensor.matrixRows() : tensor.cols();
    if (const Status fits = checkCalibration(**file, *entry, tensor.path, inputs); !fits)
        return fail(fits.error());
    return OpenInputs{std::move(*file), std::move(*entry)};
}

} // namespace

bool isInByOut(const TensorInfo &tensor)
{
    const std::size_t in = tensor.axes.letters.find('i'), out = tensor.axes.letters.find('o');
    return in != std::string::npos && out != std::string::npos && in < out;
}

Result<LayerInputs> describeInputs(const std::string &calibration, const TensorInfo &tensor, const std::stop_token &stop)
{
    const Result<OpenInputs> opened = open(calibration, tensor, stop);
    if (!opened)
        return fail(opened.error());
    const TensorInfo &data = opened->entry.data;
    LayerInputs inputs{.path = data.path, .isGram = opened->entry.isGram, .inputs = data.shape.back()};
    if (!inputs.isGram) {
        inputs.samples = 1;
        for (std::size_t i = 0; i + 1 < data.shape.size(); ++i)
            inputs.samples *= data.shape[i];
    }
    return inputs;
}

Result<Gram> readInputs(const std::string &calibration, const TensorInfo &tensor, LinearAlgebra &algebra, int threads,
                        const Progress &progress)
{
    const Result<OpenInputs> opened = open(calibration, tensor, progress.stop);
    if (!opened)
        return fail(opened.error());
    return readGram(*opened->file, opened->entry, algebra, threads, progress);
}

} // namespace nms::jobs
