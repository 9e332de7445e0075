// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

class QMenu;
class QString;

namespace nms {

class Sandbox;

/// Fills a menu with the tiles that a new one can start from: random, from the layer, and the built-in ones, by group.
/// `done` is called after a choice, `failed` with the reason where there is nothing to choose.
void addTiles(QMenu &menu, Sandbox &sandbox, const std::function<void()> &done,
              const std::function<void(const QString &)> &failed);

/// A random tile of the size and pattern of the present one (8:16 or less where it has none), another one each time.
void randomTileInto(Sandbox &sandbox);

} // namespace nms
