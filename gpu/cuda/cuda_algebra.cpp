// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_algebra.h"

#include "gpu/cuda/algebra_kernels.h"
#include "gpu/cuda/cuda_libraries.h"

#include <algorithm>
#include <array>
#include <cuda_runtime_api.h>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace nms {

namespace {

Status checked(cudaError_t code, const char *what)
{
    if (code == cudaSuccess)
        return {};
    if (code == cudaErrorMemoryAllocation)
        return fail(ErrorKind::Resource, what, "not enough memory on the device", "use --backend cpu");
    return fail(ErrorKind::Device, what, cudaGetErrorString(code), "look at nvidia-smi, or use --backend cpu");
}

Status checked(cublasStatus_t code, const char *what)
{
    if (code == CUBLAS_STATUS_SUCCESS)
        return {};
    return fail(ErrorKind::Device, what, "cuBLAS failed with status " + std::to_string(int(code)), "use --backend cpu");
}

Status checked(cusolverStatus_t code, const char *what)
{
    if (code == CUSOLVER_STATUS_SUCCESS)
        return {};
    return fail(ErrorKind::Device, what, "cuSOLVER failed with status " + std::to_string(int(code)), "use --backend cpu");
}

/// An array in the memory of the current device.
template <class T> class DeviceArray
{
public:
    DeviceArray() = default;
    DeviceArray(const DeviceArray &) = delete;
    DeviceArray &operator=(const DeviceArray &) = delete;
    ~DeviceArray() { cudaFree(m_data); }

    /// Makes room for `count` values; the contents are lost if the array grows.
    Status reserve(std::int64_t count)
    {
        if (count <= m_count)
            return {};
        cudaFree(m_data);
        m_data = nullptr;
        m_count = 0;
        if (const Status taken = checked(cudaMalloc(reinterpret_cast<void **>(&m_data), std::size_t(count) * sizeof(T)),
                                         "memory of the device");
            !taken)
            return taken;
        m_count = count;
        return {};
    }
    T *data() const { return m_data; }

private:
    T *m_data = nullptr;
    std::int64_t m_count = 0;
};

/// Runs a sequence of steps until one fails.
class Steps
{
public:
    template <class Code> Steps &then(const char *what, Code &&call)
    {
        if (m_status)
            m_status = checked(call(), what);
        return *this;
    }
    Steps &reserve(auto &array, std::int64_t count)
    {
        if (m_status)
            m_status = array.reserve(count);
        return *this;
    }
    const Status &status() const { return m_status; }

private:
    Status m_status;
};

/// A stream with its cuBLAS and cuSOLVER handles. One thread at a time.
class Engine
{
public:
    Engine(int device, const CudaLibraries &libraries) : m_device(device), m_libraries(libraries) { }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;
    ~Engine()
    {
        if (cudaSetDevice(m_device) != cudaSuccess)
            return;
        if (m_solver)
            m_libraries.solverDestroy(m_solver);
        if (m_blas)
            m_libraries.blasDestroy(m_blas);
        if (m_stream)
            cudaStreamDestroy(m_stream);
    }

    Status open()
    {
        return use()
            .then("opening a stream", [&] { return cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking); })
            .then("starting cuBLAS", [&] { return m_libraries.blasCreate(&m_blas); })
            .then("starting cuBLAS", [&] { return m_libraries.blasSetStream(m_blas, m_stream); })
            .then("starting cuSOLVER", [&] { return m_libraries.solverCreate(&m_solver); })
            .then("starting cuSOLVER", [&] { return m_libraries.solverSetStream(m_solver, m_stream); })
            .status();
    }

    Steps use() const
    {
        Steps steps;
        steps.then("choosing the device", [&] { return cudaSetDevice(m_device); });
        return steps;
    }

    /// Three scratch matrices of a call, kept for the next call.
    std::array<DeviceArray<float>, 3> &scratch() { return m_scratch; }

    const CudaLibraries &libraries() const { return m_libraries; }
    cublasHandle_t blas() const { return m_blas; }
    cusolverDnHandle_t solver() const { return m_solver; }
    cudaStream_t stream() const { return m_stream; }

    template <class T> cudaError_t upload(Span2d<const T> from, T *to) const
    {
        return cudaMemcpy2DAsync(to, std::size_t(from.cols) * sizeof(T), from.data, std::size_t(from.stride) * sizeof(T),
                                 std::size_t(from.cols) * sizeof(T), std::size_t(from.rows), cudaMemcpyHostToDevice,
                                 m_stream);
    }
    template <class T> cudaError_t download(const T *from, Span2d<T> to) const
    {
        if (const cudaError_t code =
                cudaMemcpy2DAsync(to.data, std::size_t(to.stride) * sizeof(T), from, std::size_t(to.cols) * sizeof(T),
                                  std::size_t(to.cols) * sizeof(T), std::size_t(to.rows), cudaMemcpyDeviceToHost, m_stream);
            code != cudaSuccess)
            return code;
        return cudaStreamSynchronize(m_stream);
    }

    /// c = alpha · a · b + beta · c, all row-major and packed: a is rows × inner, b inner × cols.
    cublasStatus_t product(const float *a, const float *b, float *c, std::int64_t rows, std::int64_t inner,
                           std::int64_t cols, float alpha, float beta) const
    {
        // In column-major order these are the transposed matrices: cᵀ = bᵀ · aᵀ.
        return m_libraries.sgemm(m_blas, CUBLAS_OP_N, CUBLAS_OP_N, int(cols), int(rows), int(inner), &alpha, b, int(cols), a,
                                 int(inner), &beta, c, int(cols));
    }

    /// Cholesky factor of a double matrix in place, column-major upper. Returns LAPACK's info.
    Result<int> factor(double *matrix, std::int64_t n)
    {
        int size = 0, info = 0;
        const Status done =
            use()
                .then(
                    "sizing a factor",
                    [&] { return m_libraries.dpotrfSize(m_solver, CUBLAS_FILL_MODE_UPPER, int(n), matrix, int(n), &size); })
                .reserve(m_doubles, size)
                .reserve(m_info, 1)
                .then("a factor",
                      [&] {
                          return m_libraries.dpotrf(m_solver, CUBLAS_FILL_MODE_UPPER, int(n), matrix, int(n),
                                                    m_doubles.data(), size, m_info.data());
                      })
                .then("a factor", [&] { return download(m_info.data(), Span2d<int>(&info, 1, 1)); })
                .status();
        return done ? Result<int>(info) : fail(done.error());
    }

    /// Inverse of a float matrix in place, both triangles.
    Status invert(float *matrix, std::int64_t n)
    {
        constexpr cublasFillMode_t half = CUBLAS_FILL_MODE_LOWER; // column-major; mirror() copies from this triangle
        int forFactor = 0, forInverse = 0, info = 0;
        const Status done =
            use()
                .then("sizing a factor",
                      [&] { return m_libraries.spotrfSize(m_solver, half, int(n), matrix, int(n), &forFactor); })
                .then("sizing an inverse",
                      [&] { return m_libraries.spotriSize(m_solver, half, int(n), matrix, int(n), &forInverse); })
                .reserve(m_floats, std::max(forFactor, forInverse))
                .reserve(m_info, 1)
                .then("a factor",
                      [&] {
                          return m_libraries.spotrf(m_solver, half, int(n), matrix, int(n), m_floats.data(), forFactor,
                                                    m_info.data());
                      })
                .then("a factor", [&] { return download(m_info.data(), Span2d<int>(&info, 1, 1)); })
                .status();
        if (!done)
            return done;
        if (info != 0)
            return fail(notPositiveDefinite());
        return use()
            .then("an inverse",
                  [&] {
                      return m_libraries.spotri(m_solver, half, int(n), matrix, int(n), m_floats.data(), forInverse,
                                                m_info.data());
                  })
            .then("an inverse", [&] { return algebra::mirror(matrix, n, m_stream); })
            .then("an inverse", [&] { return cudaStreamSynchronize(m_stream); })
            .status();
    }

private:
    const int m_device;
    const CudaLibraries &m_libraries;
    cudaStream_t m_stream = nullptr;
    cublasHandle_t m_blas = nullptr;
    cusolverDnHandle_t m_solver = nullptr;
    DeviceArray<double> m_doubles;
    DeviceArray<float> m_floats;
    std::array<DeviceArray<float>, 3> m_scratch;
    DeviceArray<int> m_info;
};

/// Pool of unused engines: starting cuBLAS takes longer than most of the work it does.
class EnginePool
{
public:
    EnginePool(int device, const CudaLibraries &libraries) : m_device(device), m_libraries(libraries) { }

    /// Returns the engine to the pool when destroyed; the pool must outlive it.
    using Lent = std::unique_ptr<Engine, std::function<void(Engine *)>>;
    Result<Lent> take()
    {
        const auto giveBack = [this](Engine *engine) {
            const std::scoped_lock lock(m_mutex);
            m_idle.emplace_back(engine);
        };
        {
            const std::scoped_lock lock(m_mutex);
            if (!m_idle.empty()) {
                Lent lent(m_idle.back().release(), giveBack);
                m_idle.pop_back();
                return lent;
            }
        }
        auto engine = std::make_unique<Engine>(m_device, m_libraries);
        if (const Status opened = engine->open(); !opened)
            return fail(opened.error());
        return Lent(engine.release(), giveBack);
    }

private:
    const int m_device;
    const CudaLibraries &m_libraries;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Engine>> m_idle;
};

class CudaGram final : public GramSum
{
public:
    CudaGram(EnginePool::Lent engine, std::int64_t inputs) : m_engine(std::move(engine)), m_inputs(inputs) { }

    Status open()
    {
        const std::int64_t size = m_inputs * m_inputs;
        return m_engine->use()
            .reserve(m_x, panelRows * m_inputs)
            .reserve(m_panel, size)
            .reserve(m_sum, size)
            .then("clearing a sum",
                  [&] { return cudaMemsetAsync(m_sum.data(), 0, std::size_t(size) * sizeof(double), m_engine->stream()); })
            .then("clearing a sum",
                  [&] { return cudaMemsetAsync(m_panel.data(), 0, std::size_t(size) * sizeof(float), m_engine->stream()); })
            .status();
    }

    Status add(Span2d<const float> x) override
    {
        const float one = 1, none = 0;
        for (std::int64_t row = 0; row < x.rows; row += panelRows) {
            const Span2d<const float> part = x.block(row, 0, std::min(panelRows, x.rows - row), x.cols);
            const Status added =
                m_engine->use()
                    .then("an upload", [&] { return m_engine->upload(part, m_x.data()); })
                    .then("XᵀX",
                          [&] { // in column-major order x is inputs × samples; the upper triangle is the row-major lower one
                              return m_engine->libraries().ssyrk(m_engine->blas(), CUBLAS_FILL_MODE_UPPER, CUBLAS_OP_N,
                                                                 int(m_inputs), int(part.rows), &one, m_x.data(),
                                                                 int(m_inputs), &none, m_panel.data(), int(m_inputs));
                          })
                    .then("XᵀX",
                          [&] {
                              return algebra::accumulate(m_panel.data(), m_inputs * m_inputs, m_sum.data(),
                                                         m_engine->stream());
                          })
                    .then("XᵀX", [&] { return cudaStreamSynchronize(m_engine->stream()); })
                    .status();
            if (!added)
                return added;
        }
        return {};
    }

    Result<Matrix<double>> finish() override
    {
        Matrix<double> sum(m_inputs, m_inputs);
        const Status done =
            m_engine->use().then("a download", [&] { return m_engine->download(m_sum.data(), sum.span()); }).status();
        if (!done)
            return fail(done.error());
        for (std::int64_t i = 0; i < m_inputs; ++i)
            for (std::int64_t j = 0; j < i; ++j)
                sum(j, i) = sum(i, j);
        return sum;
    }

private:
    static constexpr std::int64_t panelRows = 1024;
    const EnginePool::Lent m_engine;
    const std::int64_t m_inputs;
    DeviceArray<float> m_x, m_panel;
    DeviceArray<double> m_sum;
};

class CudaSymmetric final : public SymmetricOperator
{
public:
    CudaSymmetric(EnginePool::Lent engine, std::int64_t inputs) : m_engine(std::move(engine)), m_inputs(inputs) { }

    Status open(Span2d<const float> h)
    {
        return m_engine->use()
            .reserve(m_h, m_inputs * m_inputs)
            .then("an upload", [&] { return m_engine->upload(h, m_h.data()); })
            .then("an upload", [&] { return cudaStreamSynchronize(m_engine->stream()); })
            .status();
    }

    Status multiply(Span2d<const float> rows, Span2d<float> out) override { return multiplyBy(m_h.data(), rows, out); }
    Status multiplyInverse(Span2d<const float> rows, Span2d<float> out) override
    {
        return multiplyBy(m_inverse.data(), rows, out);
    }

    Status invert(double shift, std::int64_t) override
    {
        const Status made =
            m_engine->use()
                .reserve(m_inverse, m_inputs * m_inputs)
                .then("a shift",
                      [&] {
                          return algebra::shifted(m_h.data(), m_inputs, float(shift), m_inverse.data(), m_engine->stream());
                      })
                .status();
        return made ? m_engine->invert(m_inverse.data(), m_inputs) : made;
    }

private:
    Status multiplyBy(const float *matrix, Span2d<const float> rows, Span2d<float> out)
    {
        return m_engine->use()
            .reserve(m_rows, rows.rows * m_inputs)
            .reserve(m_out, rows.rows * m_inputs)
            .then("an upload", [&] { return m_engine->upload(rows, m_rows.data()); })
            .then(
                "a product",
                [&] { return m_engine->product(m_rows.data(), matrix, m_out.data(), rows.rows, m_inputs, m_inputs, 1, 0); })
            .then("a download", [&] { return m_engine->download(m_out.data(), out); })
            .status();
    }

    const EnginePool::Lent m_engine;
    const std::int64_t m_inputs;
    DeviceArray<float> m_h, m_inverse, m_rows, m_out;
};

class CudaAlgebra final : public LinearAlgebra
{
public:
    CudaAlgebra(int device, const CudaLibraries &libraries)
        : m_device(device), m_libraries(libraries), m_engines(device, libraries)
    { }

    std::string id() const override { return "cuda:" + std::to_string(m_device); }

    Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int) override
    {
        auto engine = m_engines.take();
        if (!engine)
            return fail(engine.error());
        auto sum = std::make_unique<CudaGram>(std::move(*engine), inputs);
        if (const Status opened = sum->open(); !opened)
            return fail(opened.error());
        return sum;
    }

    Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int) override
    {
        auto engine = m_engines.take();
        if (!engine)
            return fail(engine.error());
        auto made = std::make_unique<CudaSymmetric>(std::move(*engine), h.rows);
        if (const Status opened = made->open(h); !opened)
            return fail(opened.error());
        return made;
    }

    /// As on the CPU: the factor of H with both axes reversed, its inverse, reversed again.
    Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int) override
    {
        const std::int64_t n = h.rows();
        std::reverse(h.data(), h.data() + h.size());
        auto engine = m_engines.take();
        if (!engine)
            return fail(engine.error());
        DeviceArray<double> matrix, inverse;
        const Status sent =
            (*engine)
                ->use()
                .reserve(matrix, n * n)
                .reserve(inverse, n * n)
                .then("an upload", [&] { return (*engine)->upload(Span2d<const double>(h.span()), matrix.data()); })
                .status();
        if (!sent)
            return sent;
        const Result<int> info = (*engine)->factor(matrix.data(), n);
        if (!info)
            return fail(info.error());
        if (*info != 0)
            return fail(notPositiveDefinite());
        const double one = 1;
        const Status solved =
            (*engine)
                ->use()
                .then("an identity", [&] { return algebra::identity(inverse.data(), n, (*engine)->stream()); })
                .then("the inverse of a factor",
                      [&] {
                          return m_libraries.dtrsm((*engine)->blas(), CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_UPPER, CUBLAS_OP_N,
                                                   CUBLAS_DIAG_NON_UNIT, int(n), int(n), &one, matrix.data(), int(n),
                                                   inverse.data(), int(n));
                      })
                .then("a download", [&] { return (*engine)->download(inverse.data(), h.span()); })
                .status();
        if (!solved)
            return solved;
        upper = Matrix<float>(n, n);
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j <= i; ++j)
                upper(n - 1 - i, n - 1 - j) = float(h(i, j));
        return {};
    }

    Result<std::int64_t> dependentInputs(Matrix<double> &h, int) override
    {
        const std::int64_t n = h.rows();
        for (std::int64_t i = 0; i < n; ++i)
            h(i, i) += dependentPart;
        auto engine = m_engines.take();
        if (!engine)
            return fail(engine.error());
        DeviceArray<double> matrix;
        const Status sent =
            (*engine)
                ->use()
                .reserve(matrix, n * n)
                .then("an upload", [&] { return (*engine)->upload(Span2d<const double>(h.span()), matrix.data()); })
                .status();
        if (!sent)
            return fail(sent.error());
        const Result<int> info = (*engine)->factor(matrix.data(), n);
        if (!info)
            return fail(info.error());
        std::vector<double> diagonal(std::size_t(n), 0.0);
        const Status got = (*engine)
                               ->use()
                               .then("a download",
                                     [&] {
                                         return cudaMemcpy2D(diagonal.data(), sizeof(double), matrix.data(),
                                                             std::size_t(n + 1) * sizeof(double), sizeof(double),
                                                             std::size_t(n), cudaMemcpyDeviceToHost);
                                     })
                               .status();
        if (!got)
            return fail(got.error());
        return countDependent(diagonal, *info);
    }

    Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int) override
    {
        auto engine = m_engines.take();
        if (!engine)
            return fail(engine.error());
        DeviceArray<float> &left = (*engine)->scratch()[0], &right = (*engine)->scratch()[1], &out = (*engine)->scratch()[2];
        return (*engine)
            ->use()
            .reserve(left, a.size())
            .reserve(right, b.size())
            .reserve(out, c.size())
            .then("an upload", [&] { return (*engine)->upload(a, left.data()); })
            .then("an upload", [&] { return (*engine)->upload(b, right.data()); })
            .then("an upload", [&] { return (*engine)->upload(Span2d<const float>(c), out.data()); })
            .then("a product",
                  [&] { return (*engine)->product(left.data(), right.data(), out.data(), a.rows, a.cols, b.cols, -1, 1); })
            .then("a download", [&] { return (*engine)->download(out.data(), c); })
            .status();
    }

private:
    const int m_device;
    const CudaLibraries &m_libraries;
    EnginePool m_engines;
};

} // namespace

Result<std::unique_ptr<LinearAlgebra>> makeCudaAlgebra(int device)
{
    const auto libraries = cudaLibraries();
    if (!libraries)
        return fail(libraries.error());
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess || device < 0 || device >= count)
        return fail(ErrorKind::Device, "cuda:" + std::to_string(device), "there is no such device", "use --backend cpu");
    return std::make_unique<CudaAlgebra>(device, **libraries);
}

} // namespace nms
