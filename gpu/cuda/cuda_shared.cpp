// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_shared.h"

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <bit>
#include <cstring>

namespace nms::warp {
namespace {

/// Only the driver API can allocate memory that has a file descriptor. Its functions are looked up on first use, so that the
/// program starts without a driver.
struct Driver {
    decltype(&cuDeviceGet) deviceGet = nullptr;
    decltype(&cuDeviceGetAttribute) deviceGetAttribute = nullptr;
    decltype(&cuMemGetAllocationGranularity) granularity = nullptr;
    decltype(&cuMemCreate) create = nullptr;
    decltype(&cuMemRelease) release = nullptr;
    decltype(&cuMemAddressReserve) reserve = nullptr;
    decltype(&cuMemAddressFree) freeAddress = nullptr;
    decltype(&cuMemMap) map = nullptr;
    decltype(&cuMemUnmap) unmap = nullptr;
    decltype(&cuMemSetAccess) setAccess = nullptr;
    decltype(&cuMemExportToShareableHandle) exportHandle = nullptr;
    bool complete = true;

    Driver()
    {
        find("cuDeviceGet", deviceGet);
        find("cuDeviceGetAttribute", deviceGetAttribute);
        find("cuMemGetAllocationGranularity", granularity);
        find("cuMemCreate", create);
        find("cuMemRelease", release);
        find("cuMemAddressReserve", reserve);
        find("cuMemAddressFree", freeAddress);
        find("cuMemMap", map);
        find("cuMemUnmap", unmap);
        find("cuMemSetAccess", setAccess);
        find("cuMemExportToShareableHandle", exportHandle);
    }
    template <class F> void find(const char *name, F &function)
    {
        void *found = nullptr;
#if CUDART_VERSION >= 12050
        const cudaError_t error = cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault);
#else
        const cudaError_t error = cudaGetDriverEntryPoint(name, &found, cudaEnableDefault);
#endif
        static_cast<void>(cudaGetLastError());
        complete = complete && error == cudaSuccess && found;
        function = reinterpret_cast<F>(found);
    }
};

const Driver &driver()
{
    static const Driver driver;
    return driver;
}

bool canShare(int device)
{
    const Driver &d = driver();
    CUdevice handle = 0;
    int yes = 0;
    return d.complete && d.deviceGet(&handle, device) == CUDA_SUCCESS &&
        d.deviceGetAttribute(&yes, CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, handle) ==
        CUDA_SUCCESS &&
        yes != 0;
}

class CudaSharedMemory : public SharedMemory
{
public:
    CudaSharedMemory(int device, const DeviceId &id) : m_device(device), m_id(id) { }
    CudaSharedMemory(const CudaSharedMemory &) = delete;
    ~CudaSharedMemory() override
    {
        if (cudaSetDevice(m_device) != cudaSuccess) // the device is lost, and its memory with it
            return;
        if (m_mapped)
            driver().unmap(m_address, m_bytes);
        if (m_address)
            driver().freeAddress(m_address, m_bytes);
        if (m_created)
            driver().release(m_handle);
    }

    CUresult open(std::int64_t bytes)
    {
        const Driver &d = driver();
        CUmemAllocationProp wanted{};
        wanted.type = CU_MEM_ALLOCATION_TYPE_PINNED;
        wanted.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
        wanted.location.id = m_device;
        wanted.requestedHandleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
        std::size_t unit = 1;
        CUresult result = d.granularity(&unit, &wanted, CU_MEM_ALLOC_GRANULARITY_MINIMUM);
        m_bytes = (std::size_t(bytes) + unit - 1) / unit * unit;
        if (result == CUDA_SUCCESS)
            result = d.create(&m_handle, m_bytes, &wanted, 0);
        m_created = result == CUDA_SUCCESS;
        if (result == CUDA_SUCCESS)
            result = d.reserve(&m_address, m_bytes, 0, 0, 0);
        if (result == CUDA_SUCCESS)
            result = d.map(m_address, m_bytes, 0, m_handle, 0);
        m_mapped = result == CUDA_SUCCESS;
        CUmemAccessDesc access{};
        access.location = wanted.location;
        access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
        return result == CUDA_SUCCESS ? d.setAccess(m_address, m_bytes, &access, 1) : result;
    }
    void *data() const { return std::bit_cast<void *>(m_address); }

    DeviceId device() const override { return m_id; }
    std::int64_t bytes() const override { return std::int64_t(m_bytes); }
    Result<int> openHandle() const override
    {
        int handle = -1;
        if (driver().exportHandle(&handle, m_handle, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0) != CUDA_SUCCESS)
            return fail(ErrorKind::Device, where(), "cannot share its memory", "");
        return handle;
    }
    Status read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                std::int64_t rows) const override
    {
        cudaError_t error = cudaSetDevice(m_device);
        // The stream of the calling thread: the copy does not wait for iterations, nor they for it.
        if (error == cudaSuccess)
            error = cudaMemcpy2DAsync(to, std::size_t(rowBytes), static_cast<const std::byte *>(data()) + offset,
                                      std::size_t(strideBytes), std::size_t(rowBytes), std::size_t(rows),
                                      cudaMemcpyDeviceToHost, cudaStreamPerThread);
        if (error == cudaSuccess)
            error = cudaStreamSynchronize(cudaStreamPerThread);
        static_cast<void>(cudaGetLastError());
        if (error == cudaSuccess)
            return {};
        return fail(ErrorKind::Device, where(), std::string("reading a plan failed: ") + cudaGetErrorString(error), "");
    }

private:
    std::string where() const { return "cuda:" + std::to_string(m_device); }

    const int m_device;
    const DeviceId m_id;
    std::size_t m_bytes = 0;
    CUmemGenericAllocationHandle m_handle = 0;
    CUdeviceptr m_address = 0;
    bool m_created = false;
    bool m_mapped = false;
};

} // namespace

std::optional<DeviceId> sharedCudaId(int device)
{
    cudaDeviceProp properties;
    const cudaError_t error = cudaGetDeviceProperties(&properties, device);
    static_cast<void>(cudaGetLastError());
    if (error != cudaSuccess || !canShare(device))
        return std::nullopt;
    DeviceId id;
    static_assert(sizeof properties.uuid.bytes == sizeof id);
    std::memcpy(id.data(), properties.uuid.bytes, sizeof id);
    return id;
}

Result<SharedBlock> takeSharedCuda(int device, std::int64_t bytes)
{
    const std::optional<DeviceId> id = sharedCudaId(device);
    const std::string where = "cuda:" + std::to_string(device);
    if (!id || cudaSetDevice(device) != cudaSuccess)
        return fail(ErrorKind::Unsupported, where, "does not share its memory", "");
    auto memory = std::make_shared<CudaSharedMemory>(device, *id);
    const CUresult result = memory->open(bytes);
    if (result != CUDA_SUCCESS)
        return fail(result == CUDA_ERROR_OUT_OF_MEMORY ? ErrorKind::Resource : ErrorKind::Unsupported, where,
                    "has no " + std::to_string(bytes) + " bytes to share", "");
    void *data = memory->data();
    return SharedBlock{std::move(memory), data};
}

} // namespace nms::warp
