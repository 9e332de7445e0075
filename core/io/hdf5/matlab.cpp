// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/matlab.h"

#include "core/base/number_text.h"
#include "core/io/disk/text.h"

#include <algorithm>
#include <string_view>

namespace nms {

namespace {

bool isNumeric(std::string_view matlabClass)
{
    static constexpr std::string_view numeric[] = {"double", "single", "logical", "int8",  "uint8", "int16",
                                                   "uint16", "int32",  "uint32",  "int64", "uint64"};
    return std::find(std::begin(numeric), std::end(numeric), matlabClass) != std::end(numeric);
}

} // namespace

void describeMatlab(const Attributes &attributes, TensorInfo &info)
{
    const auto matlabClass = attribute<std::string>(attributes, "MATLAB_class");
    if (!matlabClass || !(info.unreadable.empty() || info.dtype == DType::Other))
        return;
    if (attribute<std::int64_t>(attributes, "MATLAB_empty").value_or(0) != 0) {
        info.unreadable = "is an empty MATLAB array (" + escaped(*matlabClass) + "): what is stored are its dimensions";
        return;
    }
    if (*matlabClass == "char")
        info.unreadable = "is a text of MATLAB (char), no weights";
    else if (!isNumeric(*matlabClass))
        info.unreadable = "is a MATLAB array of class " + escaped(*matlabClass) +
            ", no array of numbers; in MATLAB, save what "
            "is in it as variables of their own";
    if (!info.unreadable.empty() || info.shape.size() < 2)
        return;
    const std::vector<std::int64_t> theirs(info.shape.rbegin(), info.shape.rend());
    info.note = "is MATLAB's " + formatShape(theirs) + ", stored column by column: listed as it lies there, " +
        formatShape(info.shape);
}

} // namespace nms
