// SPDX-License-Identifier: Apache-2.0
#include "core/io/attached_tensors.h"

#include "core/base/checked.h"
#include "core/io/attached_source.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unordered_set>
#include <utility>

namespace nms {

struct AttachedTensors::List {
    std::string name;
    std::vector<AttachedTensor> tensors;
    std::string format;
    FetchTensor fetch;
};

namespace {

using List = AttachedTensors::List;

/// What is attached, by name.
struct Registry {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const List>, std::less<>> lists;
};

Registry &registry()
{
    static Registry all;
    return all;
}

class AttachedSource final : public FileSource
{
public:
    AttachedSource(std::shared_ptr<const List> list, std::stop_token stop)
        : FileSource(list->name), m_list(std::move(list)), m_stop(std::move(stop))
    {
        std::vector<TensorInfo> infos;
        for (const AttachedTensor &tensor : m_list->tensors) {
            TensorInfo info;
            info.path = tensor.path;
            info.shape = tensor.shape;
            info.dtype = tensor.dtype;
            info.storedType = nameOf(tensor.dtype);
            info.layout = "memory of another process";
            infos.push_back(std::move(info));
        }
        setTensors(std::move(infos));
    }

    std::string_view format() const override { return m_list->format; }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t, std::span<std::byte> out) override
    {
        return readElements(index, row0 * tensors()[index].rawCols(), out);
    }
    bool readsElements(std::size_t) const override { return true; }
    std::int64_t rawRowsReadWithOne(std::size_t index) const override { return tensors()[index].rawRows(); } // fetched whole
    Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out) override
    {
        if (!m_bytes || m_fetched != index) {
            m_bytes.reset(); // before the next ones take memory
            auto fetched = m_list->fetch(index, m_stop);
            if (!fetched)
                return fail(errorIn(m_list->name, m_list->tensors[index].path, fetched.error()));
            m_bytes = *std::move(fetched);
            m_fetched = index;
        }
        const Status read = m_bytes->readAt(first * bytesOf(m_list->tensors[index].dtype), out);
        return read ? read : fail(errorIn(m_list->name, m_list->tensors[index].path, read.error()));
    }
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    const std::shared_ptr<const List> m_list;
    const std::stop_token m_stop;
    std::size_t m_fetched = 0;
    std::shared_ptr<const TensorBytes> m_bytes; // of that one
};

Status checkList(const std::string &name, const std::vector<AttachedTensor> &tensors)
{
    constexpr std::int64_t most = std::int64_t(1) << 56; // elements, so that no sum of bytes overflows
    std::unordered_set<std::string_view> paths;
    for (const AttachedTensor &tensor : tensors) {
        const std::string where = name + ": " + tensor.path;
        if (tensor.path.empty() || !paths.insert(tensor.path).second)
            return fail(ErrorKind::Input, where,
                        tensor.path.empty() ? "a tensor has no name" : "two tensors have this name");
        if (!isWeight(tensor.dtype))
            return fail(ErrorKind::Input, where, "holds no floating-point weights");
        const auto elements = checkedProduct(tensor.shape);
        if (!elements || *elements > most || tensor.shape.size() > 32)
            return fail(ErrorKind::Input, where, "has an impossible shape");
    }
    return {};
}

} // namespace

std::int64_t AttachedTensor::elements() const
{
    return saturatingProduct(shape);
}

std::int64_t AttachedTensor::bytes() const
{
    const std::int64_t sides[] = {elements(), bytesOf(dtype)};
    return saturatingProduct(sides);
}

Result<TensorBytes> TensorBytes::ofSegment(const std::string &name, std::int64_t bytes)
{
    constexpr std::size_t longest = 255;
    if (name.size() < 2 || name.size() > longest || name.front() != '/' || name.find('/', 1) != std::string::npos ||
        name.find('\0') != std::string::npos)
        return fail(ErrorKind::Input, {}, "the name of shared memory is none");
    const int descriptor = shm_open(name.c_str(), O_RDONLY | O_CLOEXEC, 0);
    if (descriptor < 0)
        return fail(ErrorKind::Io, name, "shared memory cannot be opened: " + systemText(errno));
    auto segment = RegularFile::ofDescriptor(name, descriptor);
    if (!segment)
        return fail(segment.error());
    if (bytes < 0 || segment->size() < bytes)
        return fail(ErrorKind::Input, name, "shared memory is shorter than the tensor");
    return TensorBytes(*std::move(segment));
}

Status TensorBytes::readAt(std::int64_t offset, std::span<std::byte> out) const
{
    if (const auto *segment = std::get_if<RegularFile>(&m_bytes))
        return segment->readAt(offset, out);
    const auto &bytes = std::get<std::vector<std::byte>>(m_bytes);
    if (offset < 0 || std::uint64_t(offset) > bytes.size() || out.size() > bytes.size() - std::size_t(offset))
        return fail(ErrorKind::Input, {}, "fewer values came than the tensor has");
    std::copy_n(bytes.begin() + offset, out.size(), out.begin());
    return {};
}

bool isAttachedName(std::string_view fileName)
{
    return fileName.starts_with(attachedPrefix);
}

bool isReadOverConnection(std::string_view fileName)
{
    return isAttachedName(fileName) && !fileName.starts_with(localAttachedPrefix);
}

Result<std::unique_ptr<FileSource>> openAttached(const std::string &name, const std::stop_token &stop)
{
    Registry &all = registry();
    std::shared_ptr<const List> list;
    {
        const std::lock_guard lock(all.mutex);
        if (const auto found = all.lists.find(name); found != all.lists.end())
            list = found->second;
    }
    if (!list)
        return fail(ErrorKind::Io, name, "the process that holds these tensors is not attached",
                    "start it again, and a window with --attach");
    return std::unique_ptr<FileSource>(std::make_unique<AttachedSource>(std::move(list), stop));
}

Result<std::unique_ptr<AttachedTensors>> AttachedTensors::attach(std::string name, std::vector<AttachedTensor> tensors,
                                                                 std::string format, FetchTensor fetch)
{
    if (const Status checked = checkList(name, tensors); !checked)
        return fail(checked.error());
    auto list = std::make_shared<const List>(List{std::move(name), std::move(tensors), std::move(format), std::move(fetch)});
    return std::unique_ptr<AttachedTensors>(new AttachedTensors(std::move(list)));
}

AttachedTensors::AttachedTensors(std::shared_ptr<const List> list) : m_list(std::move(list))
{
    Registry &all = registry();
    const std::lock_guard lock(all.mutex);
    all.lists[m_list->name] = m_list;
}

AttachedTensors::~AttachedTensors()
{
    Registry &all = registry();
    const std::lock_guard lock(all.mutex);
    if (const auto found = all.lists.find(m_list->name); found != all.lists.end() && found->second == m_list)
        all.lists.erase(found);
}

const std::string &AttachedTensors::name() const
{
    return m_list->name;
}

const std::vector<AttachedTensor> &AttachedTensors::tensors() const
{
    return m_list->tensors;
}

} // namespace nms
