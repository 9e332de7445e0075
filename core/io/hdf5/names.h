// SPDX-License-Identifier: Apache-2.0
// Which names of tensors an HDF5 file can hold beside each other. Private to core/io.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace nms {

/// What is read back at most (listing.h, attributes.h), so no more is written.
constexpr std::size_t hdf5LongestPath = 4096; // bytes
constexpr std::size_t hdf5DeepestGroup = 64;
constexpr std::size_t hdf5LongestText = 16 << 20; // bytes of one text attribute
constexpr std::size_t hdf5MostAttributes = 4096; // of one object

/// The paths of a file that is written: datasets, and the groups that they lie in.
class Hdf5Names
{
public:
    /// Takes a dataset's path. Why it cannot be held beside those taken before ("lies inside a, …", "has an empty name, …");
    /// empty where it can, and only then it is taken.
    std::string claim(const std::string &path);

private:
    std::set<std::string> m_datasets;
    std::map<std::string, std::string> m_groups; // and the first dataset in each
};

} // namespace nms
