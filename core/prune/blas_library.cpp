// SPDX-License-Identifier: Apache-2.0
#include "core/prune/blas_library.h"

#include <dlfcn.h>
#include <string>

namespace nms {

namespace {

constexpr const char *fileName = "libopenblas.so.0";

Result<BlasLibrary> load()
{
    const char *remedy = "install OpenBLAS (Debian: libopenblas0)";
    void *library = dlopen(fileName, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return fail(ErrorKind::Unsupported, fileName, "cannot be opened: linear algebra needs it", remedy);
    std::string missing;
    const auto find = [&]<class Function>(Function *&function, const char *name) {
        function = reinterpret_cast<Function *>(dlsym(library, name));
        if (function == nullptr)
            missing = name;
    };
    BlasLibrary all;
    find(all.setThreads, "openblas_set_num_threads");
    find(all.sgemm, "cblas_sgemm");
    find(all.ssyrk, "cblas_ssyrk");
    find(all.strsm, "cblas_strsm");
    find(all.spotrf, "spotrf_");
    find(all.spotri, "spotri_");
    find(all.dpotrf, "dpotrf_");
    find(all.dtrtri, "dtrtri_");
    if (!missing.empty())
        return fail(ErrorKind::Unsupported, fileName, "lacks " + missing, remedy);
    return all;
}

} // namespace

Result<const BlasLibrary *> blasLibrary()
{
    static const Result<BlasLibrary> loaded = load();
    if (!loaded)
        return fail(loaded.error());
    return &*loaded;
}

} // namespace nms
