// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/support.h"

#include <vector>

namespace nms {

void silenceHdf5()
{
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5ErrorText()
{
    struct Found {
        std::vector<std::string> causes;
        Hdf5Callback callback;
    } found;
    const auto collect = [](unsigned, const H5E_error2_t *entry, void *data) -> herr_t {
        auto &into = *static_cast<Found *>(data);
        return into.callback.run([&] {
            if (entry->desc && *entry->desc)
                into.causes.emplace_back(entry->desc);
            return 0;
        });
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &found);
    found.callback.rethrow();
    const std::vector<std::string> &causes = found.causes;
    if (causes.empty())
        return "libhdf5 gives no reason";
    return causes.front() + (causes.size() > 1 && causes.back() != causes.front() ? " (" + causes.back() + ")" : "");
}

std::string Hdf5Version::text() const
{
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

Hdf5Version hdf5Version()
{
    Hdf5Version version;
    H5get_libversion(&version.major, &version.minor, &version.release);
    return version;
}

Hdf5Id hdf5LinkAccess()
{
    Hdf5Id access(H5Pcreate(H5P_LINK_ACCESS));
    const auto refuse = [](const char *, const char *, const char *, const char *, unsigned *, hid_t, void *) -> herr_t {
        return -1;
    };
    H5Pset_elink_cb(access, refuse, nullptr);
    return access;
}

namespace {

/// Where a filter comes from.
enum class Origin { Library, Debian, DebianBlosc, PythonPackage, Elsewhere };

struct KnownFilter {
    H5Z_filter_t id;
    const char *name;
    Origin origin;
};

// Registered at https://portal.hdfgroup.org/documentation/hdf5-docs/registered_filter_plugins.html; which of them are in the
// Python package hdf5plugin 7.1 (2026), and which Debian 12 and 13 package.
constexpr KnownFilter knownFilters[] = {{H5Z_FILTER_DEFLATE, "gzip", Origin::Library},
                                        {H5Z_FILTER_SHUFFLE, "shuffle", Origin::Library},
                                        {H5Z_FILTER_FLETCHER32, "fletcher32", Origin::Library},
                                        {H5Z_FILTER_SZIP, "szip", Origin::Library},
                                        {H5Z_FILTER_NBIT, "nbit", Origin::Library},
                                        {H5Z_FILTER_SCALEOFFSET, "scaleoffset", Origin::Library},
                                        {307, "bzip2", Origin::Debian},
                                        {hdf5FilterLzf, "lzf", Origin::Elsewhere},
                                        {32001, "blosc", Origin::DebianBlosc},
                                        {32004, "lz4", Origin::Debian},
                                        {32008, "bitshuffle", Origin::PythonPackage},
                                        {32013, "zfp", Origin::PythonPackage},
                                        {32015, "zstd", Origin::PythonPackage},
                                        {32017, "sz", Origin::PythonPackage},
                                        {32018, "fcidecomp", Origin::PythonPackage},
                                        {32024, "sz3", Origin::PythonPackage},
                                        {32026, "blosc2", Origin::PythonPackage},
                                        {32028, "sperr", Origin::PythonPackage}};

const KnownFilter *findFilter(H5Z_filter_t filter)
{
    for (const KnownFilter &entry : knownFilters)
        if (entry.id == filter)
            return &entry;
    return nullptr;
}

} // namespace

std::string hdf5FilterName(H5Z_filter_t filter)
{
    const KnownFilter *known = findFilter(filter);
    return known ? known->name : "filter " + std::to_string(filter);
}

std::string hdf5FilterRemedy(H5Z_filter_t filter)
{
    const std::string rewrite = "rewrite the file where that filter is at hand: h5repack -f GZIP=4 IN OUT, or h5py with "
                                "compression=\"gzip\"";
    const std::string package = "pip install hdf5plugin, then start nmscope with HDF5_PLUGIN_PATH=\"$(python3 -c 'import "
                                "hdf5plugin; print(hdf5plugin.PLUGIN_PATH)')\"; or ";
    const KnownFilter *known = findFilter(filter);
    switch (known ? known->origin : Origin::Elsewhere) {
    case Origin::Debian:
        return "install hdf5-filter-plugin; or " + package + rewrite;
    case Origin::DebianBlosc:
        return "install hdf5-filter-plugin-blosc-serial; or " + package + rewrite;
    case Origin::PythonPackage:
        return package + rewrite;
    case Origin::Library: // this libhdf5 was built without it
    case Origin::Elsewhere:
        break;
    }
    return "set HDF5_PLUGIN_PATH to the folder of a plug-in that has it; or " + rewrite;
}

} // namespace nms
