#pragma once

#include <string>

#include "app/desk/intent.h"

namespace gatescope::ui {

/// What an intent that undo covers does to a document, for people: "forget gate closed". It stands behind
/// "Undo".
std::string in_words(const Intent& intent, const Document& before);

}  // namespace gatescope::ui
