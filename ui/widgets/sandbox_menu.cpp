// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_menu.h"

#include "core/sandbox/tile_catalog.h"
#include "ui/models/sandbox.h"

#include <QAction>
#include <QCoreApplication>
#include <QMenu>
#include <QRandomGenerator>

#include <algorithm>

namespace nms {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Sandbox", text);
}

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

} // namespace

void randomTileInto(Sandbox &sandbox)
{
    const TileProblem &now = sandbox.tile();
    const auto pattern = now.pattern();
    const int m = pattern ? pattern->m : std::max(2, std::min(now.rows(), now.cols()));
    const std::uint32_t seed = QRandomGenerator::global()->bounded(1U, 100'000U);
    TileProblem tile = randomTile(m, pattern ? pattern->n : m / 2, seed);
    tile.name = tr("Random %1, seed %2").arg(QString::fromStdString(tile.pattern()->text())).arg(seed).toStdString();
    sandbox.setTile(tile, tr("Random tile"));
}

void addTiles(QMenu &menu, Sandbox &sandbox, const std::function<void()> &done,
              const std::function<void(const QString &)> &failed)
{
    const auto add = [&](QMenu &to, const QString &name, const QString &hint, const std::function<void()> &choose) {
        QAction *action = to.addAction(name);
        action->setToolTip(hint);
        QObject::connect(action, &QAction::triggered, &sandbox, [choose, done] {
            choose();
            done();
        });
    };
    menu.setToolTipsVisible(true);
    add(menu, tr("Random, another one"), tr("Of the same size and pattern as the present one"),
        [&sandbox] { randomTileInto(sandbox); });
    add(menu, tr("From the selected tile of the layer"), tr("The scores of the tile that is selected in the viewport"),
        [&sandbox, failed] {
            if (const Status taken = sandbox.takeFromLayer(); !taken)
                failed(QString::fromStdString(taken.error().line()));
        });
    using Group = CatalogTile::Group;
    for (const auto &[group, title] : {std::pair{Group::Random, tr("Random")},
                                       {Group::Adversarial, tr("Hard for methods")},
                                       {Group::Classic, tr("Transport problems")}}) {
        QMenu *inner = menu.addMenu(title);
        inner->setToolTipsVisible(true);
        for (const CatalogTile &entry : tileCatalog())
            if (entry.group == group)
                add(*inner, text(entry.title), text(entry.sentence),
                    [&sandbox, id = entry.id, title = text(entry.title)] { sandbox.setTile(*builtInTile(id), title); });
    }
}

} // namespace nms
