// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_libraries.h"

#include <dlfcn.h>
#include <initializer_list>
#include <string>

namespace nms {

namespace {

class Loader
{
public:
    /// Opens the first of these names that is found; it stays open.
    void open(std::initializer_list<const char *> names)
    {
        m_name = *names.begin();
        m_library = nullptr;
        for (const char *name : names)
            if (m_library == nullptr)
                m_library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (m_library == nullptr && m_missing.empty())
            m_missing = m_name + " cannot be opened";
    }

    template <class Function> void find(Function &function, const char *name)
    {
        function = m_library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(m_library, name));
        if (function == nullptr && m_missing.empty())
            m_missing = m_name + " lacks " + name;
    }

    const std::string &missing() const { return m_missing; }

private:
    std::string m_name;
    void *m_library = nullptr;
    std::string m_missing;
};

Result<CudaLibraries> load()
{
    CudaLibraries all;
    Loader loader;
    // The version of the toolkit used for the build, else the one that the unversioned name refers to.
#if CUBLAS_VER_MAJOR >= 13
    loader.open({"libcublas.so.13", "libcublas.so"});
#else
    loader.open({"libcublas.so.12", "libcublas.so"});
#endif
    loader.find(all.blasCreate, "cublasCreate_v2");
    loader.find(all.blasDestroy, "cublasDestroy_v2");
    loader.find(all.blasSetStream, "cublasSetStream_v2");
    loader.find(all.sgemm, "cublasSgemm_v2");
    loader.find(all.ssyrk, "cublasSsyrk_v2");
    loader.find(all.dtrsm, "cublasDtrsm_v2");
#if CUBLAS_VER_MAJOR >= 13
    loader.open({"libcusolver.so.12", "libcusolver.so"});
#else
    loader.open({"libcusolver.so.11", "libcusolver.so"});
#endif
    loader.find(all.solverCreate, "cusolverDnCreate");
    loader.find(all.solverDestroy, "cusolverDnDestroy");
    loader.find(all.solverSetStream, "cusolverDnSetStream");
    loader.find(all.spotrfSize, "cusolverDnSpotrf_bufferSize");
    loader.find(all.spotrf, "cusolverDnSpotrf");
    loader.find(all.spotriSize, "cusolverDnSpotri_bufferSize");
    loader.find(all.spotri, "cusolverDnSpotri");
    loader.find(all.dpotrfSize, "cusolverDnDpotrf_bufferSize");
    loader.find(all.dpotrf, "cusolverDnDpotrf");
    if (!loader.missing().empty())
        return fail(ErrorKind::Device, "CUDA libraries", loader.missing(),
                    "install cuBLAS and cuSOLVER of the CUDA toolkit where the linker finds them, or use the cpu backend");
    return all;
}

} // namespace

Result<const CudaLibraries *> cudaLibraries()
{
    static const Result<CudaLibraries> loaded = load();
    if (!loaded)
        return fail(loaded.error());
    return &*loaded;
}

} // namespace nms
