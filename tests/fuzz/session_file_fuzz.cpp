// SPDX-License-Identifier: Apache-2.0
// The session file: what it accepts is written again and read again as the same.
#include "tests/fuzz/fuzz_target.h"
#include "ui/models/session_file.h"

#include <cstdlib>

namespace {

const QString folder = QStringLiteral("/nowhere");
const QString file = QStringLiteral("/nowhere/fuzz.nmscope");

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto session = nms::sessionFromJson(json, file);
    if (!session) {
        if (session.error().line().empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    const QByteArray written = nms::sessionToJson(*session, folder);
    const auto again = nms::sessionFromJson(written, file);
    if (!again || nms::sessionToJson(*again, folder) != written)
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    SavedSession session;
    std::vector<std::string> seeds{sessionToJson(session, folder).toStdString()};
    session.files = {QStringLiteral("/nowhere/a.h5"), QStringLiteral("/elsewhere/b.safetensors")};
    session.tensorFile = session.files.front();
    session.tensorPath = QStringLiteral("encoder.layer.0/query.weight");
    session.tile = 25;
    session.camera = CameraPlace{{10.5, 20.25}, 3};
    KeptRun run;
    run.name = QStringLiteral("dykstra, \u03c4 100");
    run.setup.file = session.tensorFile;
    run.setup.tensor = session.tensorPath;
    session.runs.assign(2, run);
    seeds.push_back(sessionToJson(session, folder).toStdString());
    return seeds;
}

} // namespace nms::fuzz
