// SPDX-License-Identifier: Apache-2.0
// The documentation in the window: F1 finds the place, links lead somewhere, and what it says of keys and panels is true.
#include "app/documentation.h"
#include "tests/ui/window_fixture.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/command_palette.h"
#include "ui/widgets/documentation_window.h"
#include "ui/widgets/panel_dock.h"

#include <QAction>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QRegularExpression>
#include <QTextBlock>
#include <QToolButton>
#include <QTreeView>

#include <gmock/gmock.h>

using namespace nms;
using namespace nms::test;

namespace {

class DocumentationTest : public WindowTest
{
protected:
    void SetUp() override
    {
        WindowTest::SetUp();
        window->setDocumentation(documentationPage);
    }
    DocumentationWindow *opened() const { return window->findChild<DocumentationWindow *>(); }
    QString place() const { return opened()->findChild<DocumentationBrowser *>()->source().toString(); }
    static QStringList pages()
    {
        QStringList names{QStringLiteral("index.md")};
        for (const QString &target : linksOf(*documentationPage(names.front())))
            names << target.section('#', 0, 0);
        names.removeDuplicates();
        return names;
    }
    static QStringList linksOf(const QString &markdown)
    {
        QStringList targets;
        auto match = QRegularExpression(QStringLiteral("\\]\\(([^)]+)\\)")).globalMatch(markdown);
        while (match.hasNext())
            targets << match.next().captured(1);
        return targets;
    }
    static QStringList anchorsOf(const QString &markdown)
    {
        QStringList anchors;
        auto match =
            QRegularExpression(QStringLiteral("^#+ (.+)$"), QRegularExpression::MultilineOption).globalMatch(markdown);
        while (match.hasNext())
            anchors << anchorOf(match.next().captured(1));
        return anchors;
    }
};

TEST_F(DocumentationTest, F1OpensThePlaceOfWhatHasTheKeyboard)
{
    press(Qt::Key_F1);
    ASSERT_TRUE(opened() && opened()->isVisible());
    EXPECT_EQ(place(), "panels.md#the-matrix");
    window->activateWindow();
    child<QTreeView>()->setFocus();
    press(Qt::Key_F1);
    EXPECT_EQ(place(), "panels.md#tensors");
    auto *browser = opened()->findChild<DocumentationBrowser *>();
    EXPECT_THAT(browser->toPlainText().toStdString(), testing::HasSubstr("a click opens one"));
    // The heading is what stands at the top.
    const QTextCursor top = browser->cursorForPosition({20, 20});
    EXPECT_TRUE(top.block().text() == QLatin1String("Tensors") || top.block().next().text() == QLatin1String("Tensors"))
        << top.block().text().toStdString();
    screenshot("documentation");
}

TEST_F(DocumentationTest, ContentsLinksAndSearchMove)
{
    window->openDocumentation(QStringLiteral("index.md"));
    auto *contents = opened()->findChild<QListWidget *>();
    ASSERT_EQ(contents->count(), pages().size());
    for (int row = 0; row < contents->count(); ++row) {
        contents->setCurrentRow(row);
        EXPECT_EQ(place(), pages()[row]);
        EXPECT_FALSE(contents->item(row)->text().isEmpty()) << row;
    }
    window->openDocumentation(QStringLiteral("glossary.md"));
    auto *find = opened()->findChild<QLineEdit *>();
    auto *browser = opened()->findChild<DocumentationBrowser *>();
    QTest::keyClicks(find, QStringLiteral("slackness"));
    QTest::keyClick(find, Qt::Key_Return);
    const int first = browser->textCursor().position();
    EXPECT_EQ(browser->textCursor().selectedText(), "slackness");
    QTest::keyClick(find, Qt::Key_Return); // the only one: around the end, to itself
    EXPECT_EQ(browser->textCursor().position(), first);
    window->openDocumentation(QStringLiteral("../README.md"));
    EXPECT_THAT(browser->toPlainText().toStdString(), testing::HasSubstr("There is no page"));
}

TEST_F(DocumentationTest, EveryLinkLeadsToAPageAndAHeading)
{
    ASSERT_GE(pages().size(), 8);
    for (const QString &name : pages()) {
        const auto page = documentationPage(name);
        ASSERT_TRUE(page) << name.toStdString();
        for (const QString &target : linksOf(*page)) {
            const auto other = documentationPage(target.section('#', 0, 0));
            ASSERT_TRUE(other) << name.toStdString() << ": " << target.toStdString();
            if (target.contains('#')) {
                EXPECT_TRUE(anchorsOf(*other).contains(target.section('#', 1))) << target.toStdString();
            }
        }
    }
}

TEST_F(DocumentationTest, EveryPanelHasASection)
{
    const QStringList anchors = anchorsOf(*documentationPage(QStringLiteral("panels.md")));
    const QList<PanelDock *> docks = window->findChildren<PanelDock *>();
    ASSERT_GE(docks.size(), 12);
    for (const PanelDock *dock : docks)
        EXPECT_TRUE(anchors.contains(anchorOf(dock->windowTitle())))
            << "assets/docs/panels.md has no section \"## " << dock->windowTitle().toStdString() << '"';
}

TEST_F(DocumentationTest, KeysAreThoseOfTheCommands)
{
    const QString page = documentationPage(QStringLiteral("keys.md"))->section(QStringLiteral("## In the matrix"), 0, 0);
    QStringList written, known;
    auto match = QRegularExpression(QStringLiteral("^\\| `(.+)` \\| (.+) \\|$"), QRegularExpression::MultilineOption)
                     .globalMatch(page);
    while (match.hasNext()) {
        const auto row = match.next();
        written << row.captured(1) + ": " + row.captured(2);
    }
    for (const PaletteEntry &entry : actionsUnder(*child<QToolButton>("brand")->menu()))
        if (!entry.action->shortcut().isEmpty())
            known << entry.action->shortcut().toString(QKeySequence::PortableText) + ": " + entry.action->text();
    ASSERT_GE(known.size(), 40);
    for (const QString &command : known)
        EXPECT_TRUE(written.contains(command)) << "assets/docs/keys.md does not have \"" << command.toStdString() << '"';
    for (const QString &command : written)
        EXPECT_TRUE(known.contains(command))
            << "there is no command \"" << command.toStdString() << "\" of assets/docs/keys.md";
}

TEST_F(DocumentationTest, EveryKeyInTheTextExists)
{
    QStringList keys;
    const QString page = *documentationPage(QStringLiteral("keys.md"));
    auto match = QRegularExpression(QStringLiteral("`([^`]+)`")).globalMatch(page);
    while (match.hasNext())
        keys << match.next().captured(1);
    for (const QString &name : pages()) {
        auto used = QRegularExpression(QStringLiteral("`((?:Ctrl\\+|Shift\\+|Alt\\+)*(?:F\\d+|[A-Z]|Space|Backspace))`"))
                        .globalMatch(*documentationPage(name));
        while (used.hasNext()) {
            const QString key = used.next().captured(1);
            EXPECT_TRUE(keys.contains(key)) << name.toStdString() << ": " << key.toStdString();
        }
    }
}

} // namespace
