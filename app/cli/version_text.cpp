// SPDX-License-Identifier: Apache-2.0
#include "app/cli/version_text.h"

#include "app/mpi/launched_ranks.h"
#include "core/io/weights_format.h"

namespace nms::cli {

std::string versionText(bool hasWindow)
{
#ifdef NMS_CUDA_VERSION
    const std::string cuda = "CUDA: built in (toolkit " NMS_CUDA_VERSION ", compute capability " NMS_COMPUTE_CAPABILITIES ")";
#else
    const std::string cuda = "CUDA: not built in";
#endif
    return "nmscope " NMS_VERSION "\n" + weightsLibraries() + "\nwindow: " + (hasWindow ? "built in" : "not built in") +
        "\n" + cuda + "\nMPI: " + (hasMpi() ? "built in" : "not installed") + "\nreads: " + readableEndings() +
        "\nwrites: " + writableEndings();
}

} // namespace nms::cli
