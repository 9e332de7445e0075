// SPDX-License-Identifier: Apache-2.0
// Lesson files of any bytes: they are read, or refused with a place and a remedy; what is read is consistent.
#include "core/lesson/lesson_reader.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto lesson = nms::lesson::parseLesson(text, "fuzz.md");
    if (!lesson) {
        if (lesson.error().where.empty() || lesson.error().remedy.empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    for (std::size_t k = 0; k < lesson->steps.size(); ++k) {
        const auto state = lesson->stateAt(k);
        if (state && !lesson->find(state->caseName))
            std::abort();
        const auto &question = lesson->steps[k].question;
        if (question && question->answer && *question->answer >= lesson->figures.size())
            std::abort();
    }
    for (const nms::lesson::Formula &formula : lesson->formulas)
        if (nms::lesson::plainText(formula.tree).size() > 100 * text.size() + 100)
            std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    const std::string front = "---\ntitle: T\nsummary: S\norder: 1\nminutes: 10\n---\n\n## One\n\n";
    return {
        front + "Text $\\frac{a_i}{\\sum_j b^2}$ and $$\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}$$ {{3 | 1 + 2}}\n",
        front +
            "T\n\n```case a\ntile: 1 2 / 3 4\npattern: 1:2\nmethod: exact\n```\n\n```state\ncase: a\ncells: 1,1\nview: "
            "plan\n```\n\n{{5 | a.objective}}\n",
        front +
            "T\n\n```case a\ntile:\n  1 2\n  3 4\nrow sums: 1 2\ncolumn sums: 2 1\ncap: 1.5\nmethod: dykstra\ntau: 5\n```\n",
        front +
            "T\n\n```question\nWhat?\n- [ ] a\n  b\n- [x] c\n  d\n```\n\n## Two\n\n```question\nHow much?\nanswer: {{3 | "
            "max(1, 3)}}\nright: r\nwrong: w\n```\n",
        front +
            "T ![x](x.png) `code $` \\$\n\n```\nfence\n```\n\n```case l\ntensor: a/b\npattern: 2:4\nprune: alps\nkind: "
            "row-nm\n```\n"};
}

} // namespace nms::fuzz
