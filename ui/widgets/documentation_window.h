// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/documentation_browser.h"

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace nms {

/// The documentation in a window of its own, beside the main window: contents (the pages to which index.md leads), page,
/// search. GUI thread.
class DocumentationWindow : public QDialog
{
    Q_OBJECT
public:
    explicit DocumentationWindow(const DocumentationPages &pages, QWidget *parent = nullptr);

    /// Shows the window and in it a place, as "panels.md#run".
    void openAt(const QString &place);

private:
    void fillContents(const DocumentationPages &pages);
    void find(bool backwards);

    DocumentationBrowser *m_page;
    QListWidget *m_contents;
    QLineEdit *m_find;
};

} // namespace nms
