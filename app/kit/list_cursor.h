#pragma once

#include <functional>

#include "app/kit/look.h"

namespace gatescope::ui {

/// The entry of a list that drops down which the arrow keys, or the pointer, have come to. Made inside the
/// popup before its entries are drawn.
class ListCursor {
 public:
  /// It begins at `start`, -1 for nowhere, and passes over what cannot be pressed.
  ListCursor(const Look& look, int count, int start, const std::function<bool(int)>& can = {});

  /// After the entry was drawn: whether it is the one. The pointer takes the cursor with it.
  bool at(int entry);
  /// Enter was pressed on it.
  bool entered(int entry) const;

 private:
  int& at_;
  bool moved_ = false, entered_ = false;
};

}  // namespace gatescope::ui
