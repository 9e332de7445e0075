// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/case_reader.h"

#include "core/lesson/setting_values.h"
#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/tile_catalog.h"
#include "core/sandbox/tile_feasibility.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

namespace nms::lesson {

namespace {

constexpr std::array<std::string_view, 17> keys{"tile",     "size",        "shown", "random",     "seed",      "tensor",
                                                "pattern",  "method",      "tau",   "iterations", "tolerance", "rounding",
                                                "row sums", "column sums", "cap",   "prune",      "kind"};

std::string builtInNames()
{
    std::string names;
    for (const CatalogTile &tile : tileCatalog())
        names += (names.empty() ? "" : ", ") + std::string(tile.id);
    return names;
}

/// Reads one block; every function fails with the line of the setting.
class CaseReader
{
public:
    CaseReader(const std::vector<Setting> &settings, const Block &block, const std::string &file)
        : m_values(settings, block.line, file)
    { }

    Result<Case> read()
    {
        if (const Status known = m_values.checkKeys(keys); !known)
            return fail(known.error());
        const int kinds = int(m_values.has("tile")) + int(m_values.has("random")) + int(m_values.has("tensor"));
        if (kinds != 1)
            return m_values.problem(
                {}, "has " + std::string(kinds == 0 ? "none" : "more than one") + " of tile, random and tensor",
                "give the numbers of a tile, a number of random tiles, or a tensor of the sample layer");
        Case result;
        if (m_values.has("tile")) {
            Result<TileCase> tile = readTile();
            if (!tile)
                return fail(tile.error());
            result.what = std::move(*tile);
        } else if (m_values.has("random")) {
            Result<RandomCase> random = readRandom();
            if (!random)
                return fail(random.error());
            result.what = std::move(*random);
        } else {
            Result<LayerCase> layer = readLayer();
            if (!layer)
                return fail(layer.error());
            result.what = std::move(*layer);
        }
        return result;
    }

private:
    Status forbid(std::initializer_list<std::string_view> names, const std::string &why) const
    {
        for (const std::string_view name : names)
            if (m_values.has(name))
                return m_values.problem(name, "has \"" + std::string(name) + "\", " + why, "remove it");
        return {};
    }

    /// τ, iterations, tolerance and rounding.
    Status readSettings(SolveOptions &options) const
    {
        const auto tau = m_values.number("tau", 1e-3, 1e6);
        const auto iterations = m_values.integer("iterations", 1, mostIterations);
        const auto tolerance = m_values.number("tolerance", 0, 0.999);
        for (const Error *error : {tau ? nullptr : &tau.error(), iterations ? nullptr : &iterations.error(),
                                   tolerance ? nullptr : &tolerance.error()})
            if (error)
                return fail(*error);
        options.tau = tau->value_or(options.tau);
        options.iterations = iterations->value_or(options.iterations);
        options.tolerance = tolerance->value_or(options.tolerance);
        if (const Setting *rounding = m_values.find("rounding")) {
            if (rounding->value != "paper")
                return m_values.problem("rounding", "has \"" + rounding->value + "\" as rounding",
                                        "write paper, or leave it out");
            options.paperSwaps = options.pattern.m * options.pattern.m;
        }
        return {};
    }

    Status readPattern(SolveOptions &options) const
    {
        const Result<std::string> text = m_values.text("pattern");
        if (!text)
            return fail(text.error());
        const Result<NmPattern> pattern = NmPattern::parse(*text);
        if (!pattern)
            return m_values.problem("pattern", "has \"" + *text + "\" as pattern", "write N:M with 1 ≤ N ≤ M ≤ 64");
        options.pattern = *pattern;
        return {};
    }

    Status readMethod(SolveOptions &options) const
    {
        const Result<std::string> name = m_values.text("method");
        if (!name)
            return fail(name.error());
        const auto method = methodByName(*name);
        if (!method)
            return m_values.problem("method", "has \"" + *name + "\" as method", "use one of " + listOf(offeredMethods()));
        options.method = *method;
        return {};
    }

    /// Pattern, method and settings together; valid if this succeeds.
    Status readOptions(SolveOptions &options) const
    {
        if (const Status pattern = readPattern(options); !pattern)
            return pattern;
        if (const Status method = readMethod(options); !method)
            return method;
        if (const Status settings = readSettings(options); !settings)
            return settings;
        if (const Status valid = options.validate(); !valid)
            return m_values.problem({}, valid.error().what, valid.error().remedy);
        return {};
    }

    Status readTileSettings(SandboxOptions &options) const
    {
        const Result<std::string> name = m_values.text("method");
        if (!name)
            return fail(name.error());
        SolveOptions settings;
        settings.tau = options.tau;
        settings.iterations = options.iterations;
        if (const Status read = readSettings(settings); !read)
            return read;
        options.method = *name;
        options.tau = settings.tau;
        options.iterations = settings.iterations;
        if (const Setting *shown = m_values.find("shown")) {
            if (shown->value != "projections")
                return m_values.problem("shown", "has \"" + shown->value + "\" as shown",
                                        "write projections, or leave it out");
            options.eachProjection = true;
        }
        if (const Status valid = options.validate(); !valid)
            return m_values.problem("method", valid.error().what, valid.error().remedy);
        return {};
    }

    Result<TileProblem> readProblem() const
    {
        const Result<std::string> text = m_values.text("tile");
        if (!text)
            return fail(text.error());
        TileProblem problem;
        if (*text == "gaussian") {
            const auto size = m_values.integer("size", 2, largestTile);
            const auto seed = m_values.integer("seed", 0, std::numeric_limits<int>::max());
            if (!size || !seed)
                return fail(size ? seed.error() : size.error());
            if (!*size)
                return m_values.problem("tile", "needs \"size: …\" with \"tile: gaussian\"", "add the number of rows");
            problem = randomTile(**size, 1, std::uint64_t(seed->value_or(1)));
        } else if (std::isalpha(static_cast<unsigned char>(text->front()))) {
            const auto known = builtInTile(*text);
            if (!known)
                return m_values.problem("tile", "has \"" + *text + "\" as tile, which is no built-in one",
                                        "give rows of numbers, gaussian, or one of " + builtInNames());
            problem = *known;
        } else {
            Result<Matrix<double>> scores = m_values.matrix("tile", largestTile);
            if (!scores)
                return fail(scores.error());
            problem.scores = std::move(*scores);
        }
        return problem;
    }

    /// Sums and caps: of the built-in tile, of the pattern, and of the settings, the later ones first.
    Status readLimits(TileProblem &problem) const
    {
        if (m_values.has("pattern")) {
            SolveOptions options;
            if (const Status pattern = readPattern(options); !pattern)
                return pattern;
            if (problem.rows() != options.pattern.m || problem.cols() != options.pattern.m)
                return m_values.problem("tile",
                                        "has " + std::to_string(problem.rows()) + " × " + std::to_string(problem.cols()) +
                                            " numbers, but its pattern is " + options.pattern.text(),
                                        "give M rows of M numbers");
            problem = TileProblem::ofPattern(std::move(problem.scores), options.pattern.n);
        }
        for (const auto &[key, sums, count] : {std::tuple{"row sums", &problem.rowSums, problem.rows()},
                                               std::tuple{"column sums", &problem.colSums, problem.cols()}}) {
            Result<std::vector<double>> values = m_values.numbers(key, std::size_t(largestTile));
            if (!values)
                return fail(values.error());
            if (!values->empty())
                *sums = std::move(*values);
            if (int(sums->size()) != count)
                return m_values.problem(key,
                                        "has " + std::to_string(sums->size()) + " " + key + " for " + std::to_string(count),
                                        "give one for each, or a pattern");
        }
        if (problem.caps.empty() || m_values.has("cap")) {
            const Setting *cap = m_values.find("cap");
            double limit = TileProblem::noCap;
            if (cap && cap->value != "none") {
                const auto number = m_values.number("cap", 0, TileProblem::largest);
                if (!number)
                    return fail(number.error());
                limit = **number;
            }
            problem.caps = Matrix<double>(problem.rows(), problem.cols());
            std::fill_n(problem.caps.data(), problem.caps.size(), limit);
        }
        if (const Status valid = validateTile(problem); !valid)
            return m_values.problem({}, valid.error().what, valid.error().remedy);
        return {};
    }

    Result<TileCase> readTile() const
    {
        if (const Status none = forbid({"prune", "kind", "tolerance", "rounding"}, "which is for a tensor"); !none)
            return fail(none.error());
        TileCase tile;
        Result<TileProblem> problem = readProblem();
        if (!problem)
            return fail(problem.error());
        tile.problem = std::move(*problem);
        if (const Status limits = readLimits(tile.problem); !limits)
            return fail(limits.error());
        if (const Status settings = readTileSettings(tile.options); !settings)
            return fail(settings.error());
        const SandboxMethod &method = *sandboxMethodByName(tile.options.method);
        if (method.program && !tile.problem.pattern())
            return m_values.problem("method", "solves N:M tiles alone, and this is another problem",
                                    "choose a method without nm:");
        return tile;
    }

    Result<RandomCase> readRandom() const
    {
        if (const Status none = forbid({"row sums", "column sums", "cap", "prune", "kind", "size", "tolerance", "rounding"},
                                       "which random tiles do not have");
            !none)
            return fail(none.error());
        RandomCase random;
        const auto tiles = m_values.integer("random", 1, mostRandomTiles);
        const auto seed = m_values.integer("seed", 0, std::numeric_limits<int>::max());
        if (!tiles || !seed)
            return fail(tiles ? seed.error() : tiles.error());
        random.tiles = tiles->value_or(random.tiles);
        random.seed = std::uint64_t(seed->value_or(1));
        SolveOptions options;
        if (const Status pattern = readPattern(options); !pattern)
            return fail(pattern.error());
        random.pattern = options.pattern;
        if (const Status settings = readTileSettings(random.options); !settings)
            return fail(settings.error());
        return random;
    }

    Result<LayerCase> readLayer() const
    {
        if (const Status none = forbid({"row sums", "column sums", "cap", "seed", "size"}, "which a tensor does not have");
            !none)
            return fail(none.error());
        LayerCase layer;
        layer.tensor = m_values.find("tensor")->value;
        const Setting *prune = m_values.find("prune");
        if (!prune) {
            if (const Status none = forbid({"kind"}, "which needs prune"); !none)
                return fail(none.error());
            if (const Status options = readOptions(layer.options); !options)
                return fail(options.error());
            return layer;
        }
        layer.prune = frameworkByName(prune->value);
        if (!layer.prune)
            return m_values.problem("prune", "has \"" + prune->value + "\" as prune",
                                    "use magnitude, wanda, sparsegpt or alps");
        if (const Setting *kind = m_values.find("kind")) {
            const auto known = kindByName(kind->value);
            if (!known)
                return m_values.problem("kind", "has \"" + kind->value + "\" as kind",
                                        "use transposable, row-nm or unstructured");
            layer.kind = *known;
        }
        if (m_values.has("method")) {
            if (const Status options = readOptions(layer.options); !options)
                return fail(options.error());
        } else if (const Status pattern = readPattern(layer.options); !pattern) {
            return fail(pattern.error());
        }
        return layer;
    }

    SettingValues m_values;
};

} // namespace

std::span<const std::string_view> caseKeys()
{
    return keys;
}

Result<Case> readCase(const Block &block, const std::string &file)
{
    const std::string place = placeOf(file, block.line);
    const bool isName = !block.name.empty() && block.name.size() <= 40 &&
        std::isalpha(static_cast<unsigned char>(block.name.front())) &&
        std::ranges::all_of(block.name, [](unsigned char letter) { return std::isalnum(letter) || letter == '_'; });
    if (!isName)
        return fail(ErrorKind::Input, place, "gives a case the name \"" + block.name + "\"",
                    "write ```case NAME with letters and digits");
    const Result<std::vector<Setting>> settings = settingsOf(block.lines, block.line + 1, file);
    if (!settings)
        return fail(settings.error());
    Result<Case> result = CaseReader(*settings, block, file).read();
    if (result) {
        result->name = block.name;
        result->line = block.line;
    }
    return result;
}

} // namespace nms::lesson
