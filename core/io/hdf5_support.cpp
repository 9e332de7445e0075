// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_support.h"

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

Hdf5Id hdf5FileAccess()
{
    Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_file_locking(access, false, true);
    return access;
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

std::string hdf5FilterName(H5Z_filter_t filter)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } known[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                 {H5Z_FILTER_SHUFFLE, "shuffle"},
                 {H5Z_FILTER_FLETCHER32, "fletcher32"},
                 {H5Z_FILTER_SZIP, "szip"},
                 {H5Z_FILTER_NBIT, "nbit"},
                 {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
                 // registered at https://portal.hdfgroup.org/documentation/hdf5-docs/registered_filter_plugins.html
                 {307, "bzip2"},
                 {32000, "lzf"},
                 {32001, "blosc"},
                 {32004, "lz4"},
                 {32008, "bitshuffle"},
                 {32013, "zfp"},
                 {32015, "zstd"},
                 {32026, "blosc2"}};
    for (const auto &entry : known)
        if (entry.id == filter)
            return entry.name;
    return "filter " + std::to_string(filter);
}

} // namespace nms
