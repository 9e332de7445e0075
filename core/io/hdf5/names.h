// SPDX-License-Identifier: Apache-2.0
// Which tensor names an HDF5 file can hold together. Private to core/io.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace nms {

/// The limits of what is read (listing.h, attributes.h), so no more is written.
constexpr std::size_t hdf5LongestPath = 4096; // bytes
constexpr std::size_t hdf5DeepestGroup = 64;
constexpr std::size_t hdf5LongestText = 16 << 20; // bytes of one text attribute
constexpr std::size_t hdf5MostAttributes = 4096; // of one object

/// The paths in a file that is being written: datasets, and the groups that contain them.
class Hdf5Names
{
public:
    /// Adds a dataset's path. Returns why it is not valid or conflicts with an earlier one ("lies inside a, …", "has an
    /// empty name, …"); empty on success, and only then it is added.
    std::string claim(const std::string &path);

private:
    std::set<std::string> m_datasets;
    std::map<std::string, std::string> m_groups; // path → the first dataset in it
};

} // namespace nms
