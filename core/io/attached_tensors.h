// SPDX-License-Identifier: Apache-2.0
// Tensors that another process holds, under a name that openWeights() takes as it takes that of a file.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/regular_file.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nms {

struct AttachedTensor {
    std::string path; // unique
    std::vector<std::int64_t> shape;
    DType dtype = DType::F32; // one that isWeight()
    std::int64_t elements() const; // saturated
    std::int64_t bytes() const; // saturated
    friend bool operator==(const AttachedTensor &, const AttachedTensor &) = default;
};

/// The values of one tensor in C order, packed, little-endian. Any thread.
class TensorBytes
{
public:
    explicit TensorBytes(std::vector<std::byte> bytes) : m_bytes(std::move(bytes)) { }

    /// An object of POSIX shared memory that another process made. It is read by position, never mapped: one that is made
    /// shorter later is an error, not a signal. Input error if `name` is none, or it has fewer than `bytes` bytes; Io error
    /// if it cannot be opened.
    static Result<TensorBytes> ofSegment(const std::string &name, std::int64_t bytes);

    /// Fills `out` from `offset` on; Input error if there are not so many.
    Status readAt(std::int64_t offset, std::span<std::byte> out) const;

private:
    explicit TensorBytes(RegularFile segment) : m_bytes(std::move(segment)) { }
    std::variant<std::vector<std::byte>, RegularFile> m_bytes;
};

/// Brings the values of one tensor; called by the thread that reads the source, which waits.
using FetchTensor =
    std::function<Result<std::shared_ptr<const TensorBytes>>(std::size_t tensor, const std::stop_token &stop)>;

/// Names of attached tensors begin so: "python://127.0.0.1:5555/model".
inline constexpr std::string_view attachedPrefix = "python://";
bool isAttachedName(std::string_view fileName);
/// Those of processes on this machine, whose memory is shared, begin so; others come over a connection, and should be read
/// only where somebody wants to see them.
inline constexpr std::string_view localAttachedPrefix = "python://local/";
bool isReadOverConnection(std::string_view fileName);

/// While it lives, openWeights(name()) opens these tensors; each source reads a tensor's values once, and keeps those of the
/// last one. One of the same name replaces it. Any thread.
class AttachedTensors
{
public:
    /// `format` tells the order of dimensions, as in openMemory(). Input error naming the tensor if the list is impossible:
    /// two of one name, an empty name, a negative or too large side, a type that holds no weights.
    static Result<std::unique_ptr<AttachedTensors>> attach(std::string name, std::vector<AttachedTensor> tensors,
                                                           std::string format, FetchTensor fetch);
    ~AttachedTensors();
    AttachedTensors(const AttachedTensors &) = delete;
    AttachedTensors &operator=(const AttachedTensors &) = delete;

    const std::string &name() const;
    const std::vector<AttachedTensor> &tensors() const;

    struct List;

private:
    explicit AttachedTensors(std::shared_ptr<const List> list);
    std::shared_ptr<const List> m_list;
};

} // namespace nms
