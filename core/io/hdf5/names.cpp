// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/names.h"

#include "core/io/disk/text.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace nms {

namespace {

/// Why the path is not valid in HDF5, without regard to other paths; empty if it is.
std::string problemOf(const std::string &path)
{
    if (path.empty())
        return "has an empty name, which HDF5 cannot hold";
    if (!isPlainText(path))
        return "has control characters in its name, which an HDF5 path cannot have";
    if (path.size() > hdf5LongestPath)
        return "has a name of more than " + std::to_string(hdf5LongestPath) + " bytes, which is not written to HDF5";
    if (path.front() == '/' || path.back() == '/' || path.find("//") != std::string::npos)
        return "has a slash too many in its name, which HDF5 cannot hold: between slashes each part needs a name";
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (std::string_view(path).substr(begin, end - begin) == ".")
            return "has a part \".\" in its name, which HDF5 cannot hold: it means the same group";
        begin = end + 1;
    }
    return {};
}

} // namespace

std::string Hdf5Names::claim(const std::string &path)
{
    if (std::string problem = problemOf(path); !problem.empty())
        return problem;
    std::vector<std::string> groups;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
        groups.push_back(path.substr(0, slash));
    if (groups.size() >= hdf5DeepestGroup)
        return "lies in " + std::to_string(groups.size()) + " groups by the slashes in its name, more than are read back";
    for (const std::string &group : groups)
        if (m_datasets.contains(group))
            return "lies inside " + group + ", which is a tensor itself; HDF5 cannot hold both";
    if (const auto inside = m_groups.find(path); inside != m_groups.end())
        return "has the name of a group, that of " + inside->second + "; HDF5 cannot hold both";
    if (!m_datasets.insert(path).second)
        return "has a name that is taken already";
    for (std::string &group : groups)
        m_groups.emplace(std::move(group), path);
    return {};
}

} // namespace nms
