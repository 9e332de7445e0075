// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/listing.h"

#include "core/io/disk/text.h"
#include "core/io/hdf5/attributes.h"
#include "core/io/hdf5/object_header.h"
#include "core/io/hdf5/types.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace nms {

namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t longestPath = 4096;
constexpr std::size_t mostEntries = 4'000'000;
constexpr std::size_t mostAgain = 200'000; // of these, in groups visited before: links can create any number
constexpr std::size_t longestLayer = 256;
constexpr const char *varsGroup = "vars"; // Keras 3: holds a layer's tensors and an attribute with the layer's name

struct Link {
    std::string name;
    H5L_type_t type = H5L_TYPE_ERROR;
    std::size_t valueBytes = 0; // of a soft or external link
    haddr_t address = HADDR_UNDEF; // of the object that a hard link names
};

struct SoftLink {
    std::string path;
    std::string group; // that contains it, "" for the root
    std::string target;
};

/// "a/./b" relative to `group` as a path from the root; a leading slash starts at the root. HDF5 has no "..".
std::string absolutePath(const std::string &group, const std::string &target)
{
    std::string path = target.starts_with('/') ? "" : group;
    for (std::size_t begin = 0; begin <= target.size();) {
        const std::size_t end = std::min(target.find('/', begin), target.size());
        const std::string part = target.substr(begin, end - begin);
        if (!part.empty() && part != ".")
            path += (path.empty() ? "" : "/") + part;
        begin = end + 1;
    }
    return path;
}

class Walker
{
public:
    Walker(hid_t file, const Hdf5ListingOptions &options) : m_file(file), m_options(options), m_linkAccess(hdf5LinkAccess())
    { }

    /// False when the root cannot be read or there are too many entries (then tooMany()).
    bool run()
    {
        const Hdf5Id root(H5Gopen2(m_file, "/", H5P_DEFAULT));
        H5O_info_t info = {};
        if (!root.valid() || H5Oget_info2(root, &info, H5O_INFO_BASIC) < 0)
            return false;
        m_ancestors.push_back(info.addr);
        m_walked.insert(info.addr);
        return walkGroup(root, "", false) && resolveSoftLinks();
    }
    bool tooManyNames() const { return m_again > mostAgain; }
    bool tooMany() const { return m_entries > mostEntries || tooManyNames(); }
    Hdf5Listing take();

private:
    bool walkGroup(hid_t group, const std::string &path, bool again);
    void visit(hid_t group, const std::string &path, const Link &link);
    void visitHard(hid_t group, const std::string &path, const Link &link);
    void visitLink(hid_t group, const std::string &groupPath, const std::string &path, const Link &link);
    bool resolveSoftLinks();
    static std::string numbersOf(hid_t group);
    std::string layerNamed(hid_t group, const std::vector<Link> &links) const;
    std::string layerHere() const;
    bool addNewer(const std::string &path, haddr_t address);
    void skipUnopened(const std::string &path, const char *what, haddr_t address);
    bool isAvailable(H5Z_filter_t filter);
    void skip(const std::string &path, std::string reason, bool holdsNumbers = true)
    {
        m_listing.skipped.push_back({path, std::move(reason), holdsNumbers});
    }

    hid_t m_file;
    const Hdf5ListingOptions &m_options;
    Hdf5Id m_linkAccess;
    std::map<H5Z_filter_t, bool> m_filters; // those queried so far: a query searches a folder
    std::unordered_set<haddr_t> m_looked;
    std::unordered_set<haddr_t> m_walked; // groups
    std::vector<std::string> m_layers; // Keras' layer name (or "") of each group from the root's child to the current one
    std::vector<haddr_t> m_ancestors; // groups from the root to the current one: a group inside itself is a cycle
    std::size_t m_entries = 0, m_again = 0;
    std::vector<SoftLink> m_softLinks;
    Hdf5Listing m_listing;
};

bool Walker::walkGroup(hid_t group, const std::string &path, bool again)
{
    struct Found {
        std::size_t room;
        std::vector<Link> links;
        Hdf5Callback callback;
    } found = {mostEntries - m_entries, {}, {}};
    const auto collect = [](hid_t, const char *name, const H5L_info_t *info, void *data) -> herr_t {
        auto &into = *static_cast<Found *>(data);
        return into.callback.run([&] {
            const bool hard = info->type == H5L_TYPE_HARD;
            into.links.push_back({name, info->type, hard ? 0 : info->u.val_size, hard ? info->u.address : HADDR_UNDEF});
            return into.links.size() > into.room ? 1 : 0;
        });
    };
    hsize_t position = 0;
    const herr_t iterated = H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, &position, collect, &found);
    found.callback.rethrow();
    if (iterated < 0) {
        if (path.empty())
            return false;
        skipUnopened(path, "group", HADDR_UNDEF);
        return true;
    }
    m_entries += found.links.size();
    m_again += again ? found.links.size() : 0;
    if (tooMany())
        return false;
    std::sort(found.links.begin(), found.links.end(), [](const Link &a, const Link &b) { return a.name < b.name; });
    if (H5Aexists(group, "MATLAB_sparse") > 0)
        skip(path, "is a sparse MATLAB matrix; in MATLAB, save full(…) of it. What it is made of (data, ir, jc) is listed",
             false);
    if (const std::string names = path.empty() ? "" : numbersOf(group); !names.empty())
        skip(path, "is a group with numbers in its attributes, which are not carried over: " + names);
    m_layers.push_back(path.empty() ? "" : layerNamed(group, found.links));
    for (const Link &link : found.links) {
        m_options.alive();
        visit(group, path, link);
        if (tooMany())
            return false;
    }
    m_layers.pop_back();
    return true;
}

/// Names of a group's attributes that hold numbers.
std::string Walker::numbersOf(hid_t group)
{
    std::string names;
    for (const auto &[name, value] : readHdf5Attributes(group)) {
        const auto *unread = std::get_if<UnreadAttribute>(&value);
        const bool isText = std::holds_alternative<std::string>(value) || (unread != nullptr && !unread->holdsNumbers);
        if (isText || name.starts_with("MATLAB_")) // these describe the group itself
            continue;
        names += (names.empty() ? "" : ", ") + name;
    }
    return names;
}

/// The name that Keras gives to the layer of a group; empty if there is none.
std::string Walker::layerNamed(hid_t group, const std::vector<Link> &links) const
{
    const auto vars = std::lower_bound(links.begin(), links.end(), std::string_view(varsGroup),
                                       [](const Link &link, std::string_view name) { return link.name < name; });
    if (vars == links.end() || vars->name != varsGroup || vars->type != H5L_TYPE_HARD)
        return {};
    const Hdf5Id inner(H5Gopen2(group, varsGroup, H5P_DEFAULT));
    if (!inner.valid())
        return {};
    const auto name = readHdf5Attribute(inner, "name");
    const auto *text = name ? std::get_if<std::string>(&*name) : nullptr;
    return text && text->size() <= longestLayer && isPlainText(*text) ? *text : std::string();
}

/// The current layer, after the layers of which it is a part.
std::string Walker::layerHere() const
{
    std::string layer;
    for (const std::string &name : m_layers)
        if (!name.empty())
            layer += (layer.empty() ? "" : "/") + name;
    return layer.size() <= longestPath ? layer : std::string();
}

/// Adds an object that the library cannot open, as described by our own parser. False if nothing in it is newer than the
/// library.
bool Walker::addNewer(const std::string &path, haddr_t address)
{
    const auto superblock = findHdf5Superblock(m_options.file);
    if (!superblock || !*superblock || address == HADDR_UNDEF)
        return false;
    const auto messages = readObjectHeader(m_options.file, **superblock, address);
    const Hdf5Version installed = hdf5Version();
    const auto newer = messages ? newerThan(*messages, installed.major, installed.minor) : std::nullopt;
    if (!newer)
        return false;
    TensorInfo info;
    bool hasShape = false;
    for (const Hdf5Message &message : *messages) {
        if (message.type == Hdf5Message::Dataspace)
            if (auto shape = shapeOf(message, **superblock)) {
                info.shape = *std::move(shape);
                hasShape = true;
            }
        if (message.type == Hdf5Message::Datatype && !message.shared)
            if (const auto type = decodeHdf5Type(message.data)) {
                info.dtype = type->dtype;
                info.storedType = type->name;
            }
    }
    if (!hasShape)
        return false;
    if (info.storedType.empty())
        info.storedType = "a newer type";
    info.path = path;
    info.layer = layerHere();
    info.layout = "unknown";
    info.unreadable = "is newer than the installed HDF5 " + installed.text() + ": it " + *newer +
        "; save it again as a new dataset without libver=\"latest\" (h5py's copies keep the form), or have nmscope built "
        "with that HDF5";
    m_listing.tensors.push_back(std::move(info));
    m_listing.records.emplace_back().openPath = path;
    return true;
}

/// To be called directly after a failure of the library, whose error text it uses.
void Walker::skipUnopened(const std::string &path, const char *what, haddr_t address)
{
    const std::string text = hdf5ErrorText(); // the next call into the library clears it
    if (addNewer(path, address))
        return;
    const bool mayBeNewer = text.find("version") != std::string::npos;
    skip(path,
         mayBeNewer ? std::string("is a ") + what + " of a form that the installed HDF5 " + hdf5Version().text() +
                 " does not know, newer or damaged: " + text
                    : std::string("is a damaged ") + what + ": " + text);
}

bool Walker::isAvailable(H5Z_filter_t filter)
{
    const auto [found, isNew] = m_filters.try_emplace(filter, false);
    if (isNew)
        found->second = H5Zfilter_avail(filter) > 0;
    return found->second;
}

void Walker::visit(hid_t group, const std::string &groupPath, const Link &link)
{
    const std::string path = groupPath.empty() ? link.name : groupPath + "/" + link.name;
    if (link.name.empty() || link.name == "." || link.name.find('/') != std::string::npos || !isPlainText(link.name))
        skip(escaped(path), "has a name that no HDF5 path can contain");
    else if (path.size() > longestPath)
        skip(escaped(path), "has a path of more than " + std::to_string(longestPath) + " bytes");
    else if (link.type == H5L_TYPE_HARD)
        visitHard(group, path, link);
    else
        visitLink(group, groupPath, path, link);
}

void Walker::visitHard(hid_t group, const std::string &path, const Link &link)
{
    H5O_info_t info = {};
    if (H5Oget_info_by_name2(group, link.name.c_str(), &info, H5O_INFO_BASIC, m_linkAccess) < 0)
        return skipUnopened(path, "object", link.address);
    if (info.type == H5O_TYPE_GROUP) {
        if (std::find(m_ancestors.begin(), m_ancestors.end(), info.addr) != m_ancestors.end())
            return skip(path, "is a group that holds itself", false);
        if (m_ancestors.size() >= deepest)
            return skip(path, "lies more than " + std::to_string(deepest) + " groups deep");
        const Hdf5Id inner(H5Gopen2(group, link.name.c_str(), H5P_DEFAULT));
        if (!inner.valid())
            return skipUnopened(path, "group", info.addr);
        m_ancestors.push_back(info.addr);
        walkGroup(inner, path, !m_walked.insert(info.addr).second);
        m_ancestors.pop_back();
    } else if (info.type == H5O_TYPE_DATASET) {
        const Hdf5Id dataset(H5Dopen2(group, link.name.c_str(), H5P_DEFAULT));
        if (!dataset.valid())
            return skipUnopened(path, "dataset", info.addr);
        if (const Hdf5Id space(H5Dget_space(dataset)); space.valid() && H5Sget_simple_extent_type(space) == H5S_NULL)
            return skip(path, "is an empty dataset (null dataspace)", false);
        auto described = describeHdf5Dataset(dataset, readHdf5Attributes(dataset), m_options.file.size(),
                                             [this](H5Z_filter_t filter) { return isAvailable(filter); });
        if (!described)
            return skip(path, described.error().what);
        described->info.path = path;
        described->info.layer = layerHere();
        described->record.openPath = path;
        if (m_looked.insert(info.addr).second) // a dataset may have many names
            m_options.look(dataset, described->record);
        m_listing.tensors.push_back(std::move(described->info));
        m_listing.records.push_back(std::move(described->record));
    } else if (info.type == H5O_TYPE_NAMED_DATATYPE) {
        skip(path, "is a type, which holds no data", false);
    } else {
        skip(path, "is an object of a kind that is not read");
    }
}

void Walker::visitLink(hid_t group, const std::string &groupPath, const std::string &path, const Link &link)
{
    std::string value(std::min(link.valueBytes, longestPath) + 1, '\0');
    if (H5Lget_val(group, link.name.c_str(), value.data(), value.size() - 1, H5P_DEFAULT) < 0)
        return skip(path, "is a damaged link");
    if (link.type == H5L_TYPE_SOFT) {
        m_softLinks.push_back({path, groupPath, value.c_str()});
        return;
    }
    const char *fileName = nullptr;
    const char *object = nullptr;
    unsigned flags = 0;
    if (link.type == H5L_TYPE_EXTERNAL && link.valueBytes <= longestPath &&
        H5Lunpack_elink_val(value.data(), link.valueBytes, &flags, &fileName, &object) >= 0)
        skip(path,
             "is an external link to " + escaped(object) + " in " + escaped(fileName) +
                 "; links out of a file are never followed",
             false);
    else
        skip(path, "is a link out of the file; those are never followed", false);
}

bool Walker::resolveSoftLinks()
{
    // By name among the objects reached through hard links, instead of letting the library follow them: it would also follow
    // external links in the middle of a path. Chains of soft links are followed up to a limit.
    std::unordered_map<std::string, std::size_t> byPath;
    for (std::size_t i = 0; i < m_listing.tensors.size(); ++i)
        byPath.emplace(m_listing.tensors[i].path, i);
    std::unordered_map<std::string, std::string> targets;
    for (const SoftLink &link : m_softLinks)
        targets.emplace(link.path, absolutePath(link.group, link.target));
    constexpr int longestChain = 16;
    for (const SoftLink &link : m_softLinks) {
        std::string target = targets[link.path];
        for (int step = 0; step < longestChain && targets.contains(target); ++step)
            target = targets[target];
        const auto found = byPath.find(target);
        if (found == byPath.end()) {
            skip(link.path, "is a soft link to " + escaped(link.target) + ", which is no dataset of this file", false);
            continue;
        }
        TensorInfo info = m_listing.tensors[found->second];
        info.path = link.path;
        m_listing.tensors.push_back(std::move(info));
        m_listing.records.push_back(Hdf5Record(m_listing.records[found->second]));
    }
    return true;
}

Hdf5Listing Walker::take()
{
    std::vector<std::size_t> order(m_listing.tensors.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(),
              [this](std::size_t a, std::size_t b) { return m_listing.tensors[a].path < m_listing.tensors[b].path; });
    Hdf5Listing sorted;
    sorted.tensors.reserve(order.size());
    sorted.records.reserve(order.size());
    sorted.skipped = std::move(m_listing.skipped);
    for (const std::size_t i : order) {
        sorted.tensors.push_back(std::move(m_listing.tensors[i]));
        sorted.records.push_back(std::move(m_listing.records[i]));
    }
    return sorted;
}

} // namespace

Result<Hdf5Listing> listHdf5(hid_t file, const std::string &fileName, const Hdf5ListingOptions &options)
{
    Walker walker(file, options);
    if (walker.run())
        return walker.take();
    if (walker.tooManyNames())
        return fail(ErrorKind::Input, fileName,
                    "gives its objects more than " + std::to_string(mostAgain) + " names by links to groups",
                    "no weights file does; is it one?");
    if (walker.tooMany())
        return fail(ErrorKind::Input, fileName, "holds more than " + std::to_string(mostEntries) + " objects",
                    "no weights file does; is it one?");
    return fail(ErrorKind::Input, fileName, "is damaged: " + hdf5ErrorText(), "get the file again");
}

} // namespace nms
