# nms_kernels(TARGET a.cpp …): sources of `TARGET` that are compiled once for each level of vector instructions. NMS_LEVEL
# is the namespace that they define their functions in. No other file may be compiled for more than the baseline.
#
# The loops are written to be vectorised. Not by -O3, which first unrolls the short ones and then finds no loop, but by -O2
# with the vectoriser enabled, and by assumptions on which no result depends: no NaN, the sign of zero does not matter, the
# floating-point flags are not read. Without contraction (fused multiply-add) every processor computes the same bits.
set(NMS_VECTORISE "-ftree-vectorize;-fno-trapping-math;$<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-fvect-cost-model=dynamic>")
set(NMS_NO_NAN "-ffinite-math-only;-fno-signed-zeros")
set(NMS_LEVELS baseline)
set(NMS_OPTIONS_baseline "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND NMS_LEVELS avx2 avx512)
  set(NMS_OPTIONS_avx2 -mavx2 -mbmi -mbmi2 -mpopcnt)
  # GCC 12 warns that its own header's _mm512_undefined_epi32 is uninitialised; the other two levels compile the same
  # templates with the warning enabled.
  set(NMS_OPTIONS_avx512 ${NMS_OPTIONS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -Wno-uninitialized -Wno-maybe-uninitialized)
endif()
set(NMS_KERNEL_OPTIONS ${NMS_VECTORISE} ${NMS_NO_NAN} -ffp-contract=off)
if(NMS_SANITIZE)
  # Optimised in sanitizer builds, too: most of these files then compile faster than with -O1.
  list(APPEND NMS_KERNEL_OPTIONS -O2 -g1)
endif()
if(NMS_SANITIZE STREQUAL "address")
  # Every temporary vector has a scope of its own: when AddressSanitizer has to poison them all, GCC 12 takes minutes, and
  # one file was given up after 20. Checks that would cost four times the rest and that AddressSanitizer or the processor
  # covers anyway (null pointers, objects that are too small, misaligned vectors, at which the baseline's instructions
  # fault) are left out.
  list(APPEND NMS_KERNEL_OPTIONS -fno-sanitize-address-use-after-scope -fno-sanitize=alignment,null,object-size,pointer-overflow)
endif()

function(nms_kernels target)
  foreach(level ${NMS_LEVELS})
    set(kernels ${target}_${level})
    add_library(${kernels} OBJECT ${ARGN})
    target_link_libraries(${kernels} PRIVATE nms_settings)
    target_compile_options(${kernels} PRIVATE ${NMS_KERNEL_OPTIONS} ${NMS_OPTIONS_${level}})
    target_compile_definitions(${kernels} PRIVATE NMS_LEVEL=${level} NMS_COMPILED_FOR_${level})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${kernels}>)
  endforeach()
endfunction()
