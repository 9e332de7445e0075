// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/hardware_facts.h"

#include <array>

namespace nms::jobs {

namespace {

constexpr EnginePattern twoOfFour{{2, 4}, false};
constexpr EnginePattern oneOfTwo{{1, 2}, false};
constexpr EnginePattern pairs{{4, 8}, true};

// _DTYPE_SHAPE_CONSTRAINTS of SparseSemiStructuredTensorCUSPARSELT, which is used unless _FORCE_CUTLASS is set.
constexpr std::array torchCusparselt{
    EngineRule{Element::F16, twoOfFour, 16, 16}, EngineRule{Element::BF16, twoOfFour, 16, 16},
    EngineRule{Element::I8, twoOfFour, 32, 32}, EngineRule{Element::F8E4M3, twoOfFour, 32, 32}};

// _DTYPE_SHAPE_CONSTRAINTS of SparseSemiStructuredTensorCUTLASS; float32 is packed from groups of two.
constexpr std::array torchCutlass{EngineRule{Element::F16, twoOfFour, 32, 64}, EngineRule{Element::BF16, twoOfFour, 32, 64},
                                  EngineRule{Element::I8, twoOfFour, 16, 128}, EngineRule{Element::F32, oneOfTwo, 32, 32}};

// cusparseLtSparsity_t: "paired 4:8 for e2m1; 2:4 for half, bfloat16, int, int8, e4m3, e5m2; 1:2 for float". The multiples
// are those that PyTorch requires for it (for f32 those of an earlier release).
constexpr std::array cusparselt{
    EngineRule{Element::F16, twoOfFour, 16, 16},    EngineRule{Element::BF16, twoOfFour, 16, 16},
    EngineRule{Element::I8, twoOfFour, 32, 32},     EngineRule{Element::F8E4M3, twoOfFour, 32, 32},
    EngineRule{Element::F8E5M2, twoOfFour, 32, 32}, EngineRule{Element::F32, oneOfTwo, 8, 8}};

// PTX: for .kind::mxf4 and .kind::mxf4nvf4 matrix A is pair-wise structured sparse at a granularity of 4:8: each aligned
// pair within the eight is either all zeros or kept. AlignmentA of the example: 64 elements along K.
constexpr std::array nvfp4{EngineRule{Element::F4E2M1, pairs, 1, 64}};

// "For each output channel and for each spatial pixel in the kernel weights, every four input channels must have at least
// two zeros", C % 4 == 0; convolutions and fully connected layers. The builder chooses a sparse kernel only if it is faster.
constexpr std::array tensorrt{EngineRule{Element::F16, twoOfFour, 1, 4}, EngineRule{Element::I8, twoOfFour, 1, 4}};

// "Two out of every four elements on the K axis must be zero"; float16, bfloat16 and int8 are accelerated. Rows and columns
// are multiples of 8, of 16 for 8-bit types (rocsparselt's validateMatrixArgs).
constexpr std::array hipsparselt{EngineRule{Element::F16, twoOfFour, 8, 8}, EngineRule{Element::BF16, twoOfFour, 8, 8},
                                 EngineRule{Element::I8, twoOfFour, 16, 16}};

// (2N−2):2N cut into N−1 overlapping windows of 2:4, for sparse tensor cores; it pads the inputs by itself.
constexpr std::array slidesparse{
    EngineRule{Element::F16, {{4, 6}, false}},   EngineRule{Element::BF16, {{4, 6}, false}},
    EngineRule{Element::I8, {{4, 6}, false}},    EngineRule{Element::F8E4M3, {{4, 6}, false}},
    EngineRule{Element::F16, {{6, 8}, false}},   EngineRule{Element::BF16, {{6, 8}, false}},
    EngineRule{Element::I8, {{6, 8}, false}},    EngineRule{Element::F8E4M3, {{6, 8}, false}},
    EngineRule{Element::F16, {{14, 16}, false}}, EngineRule{Element::BF16, {{14, 16}, false}},
    EngineRule{Element::I8, {{14, 16}, false}},  EngineRule{Element::F8E4M3, {{14, 16}, false}},
};

constexpr std::string_view lookedUp = "2026-11-26";

constexpr std::array engines{
    HardwareEngine{"torch-cusparselt", "PyTorch semi-structured tensors (cuSPARSELt)", "PyTorch 2.15.0",
                   "https://github.com/pytorch/pytorch/blob/v2.15.0/torch/sparse/semi_structured.py", lookedUp,
                   torchCusparselt, true, true},
    HardwareEngine{"torch-cutlass", "PyTorch semi-structured tensors (CUTLASS)", "PyTorch 2.15.0",
                   "https://github.com/pytorch/pytorch/blob/v2.15.0/torch/sparse/semi_structured.py", lookedUp, torchCutlass,
                   true, true},
    HardwareEngine{"cusparselt", "cuSPARSELt", "cuSPARSELt 0.10.0", "https://docs.nvidia.com/cuda/cusparselt/types.html",
                   lookedUp, cusparselt, true, true},
    HardwareEngine{"tensorrt", "TensorRT", "TensorRT 11.1",
                   "https://docs.nvidia.com/deeplearning/tensorrt/11.1.0/inference-library/data-formats-tensors.html",
                   lookedUp, tensorrt, false, true},
    HardwareEngine{"hipsparselt", "hipSPARSELt (AMD Instinct MI300)", "ROCm documentation 10.2.0",
                   "https://rocm.docs.amd.com/projects/hipSPARSELt/en/docs-10.2.0/conceptual/mi300-features.html", lookedUp,
                   hipsparselt, true, true},
    HardwareEngine{"nvfp4", "NVFP4 on Blackwell (CUTLASS)", "CUTLASS example 84a, cuSPARSELt 0.10.0",
                   "https://github.com/NVIDIA/cutlass/tree/main/examples/84_blackwell_narrow_precision_sparse_gemm",
                   lookedUp, nvfp4, true, true},
    HardwareEngine{"slidesparse", "SlideSparse (code of the paper)", "arXiv 2603.05232, 5 March 2026",
                   "https://arxiv.org/abs/2603.05232", lookedUp, slidesparse, true, false},
};

} // namespace

std::string_view nameOf(Element element)
{
    switch (element) {
    case Element::F16:
        return "f16";
    case Element::BF16:
        return "bf16";
    case Element::F32:
        return "f32";
    case Element::F8E4M3:
        return "f8_e4m3";
    case Element::F8E5M2:
        return "f8_e5m2";
    case Element::F4E2M1:
        return "f4_e2m1";
    case Element::I8:
        return "i8";
    case Element::Other:
        return "other";
    }
    return {};
}

std::string EnginePattern::text() const
{
    return pattern.text() + (paired ? " in pairs" : "");
}

std::span<const HardwareEngine> hardwareEngines()
{
    return engines;
}

} // namespace nms::jobs
