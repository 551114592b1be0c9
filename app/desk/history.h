#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gatescope::ui {

/// Undo and redo over whole values. Changes under the same name that follow each other within a moment, as
/// those of a slider that is dragged, are one.
template <class T>
class History {
 public:
  /// `before` is what is to come back; `what` says for people what was done; `now` is the time in seconds.
  void remember(T before, const std::string& name, double now, std::string what = {}) {
    undone_.clear();
    const bool goes_on = name == last_name_ && now - last_time_ < 0.8 && !done_.empty();
    last_name_ = name;
    last_time_ = now;
    if (goes_on) {
      done_.back().what = std::move(what);
      return;
    }
    done_.push_back({std::move(before), std::move(what)});
    if (done_.size() > kMost) done_.erase(done_.begin());
  }
  bool can_undo() const { return !done_.empty(); }
  bool can_redo() const { return !undone_.empty(); }
  /// What undo would bring back, the newest first.
  template <class Do>
  void for_each_done(Do act) {
    for (auto past = done_.rbegin(); past != done_.rend(); ++past) act(past->value);
  }
  /// What undo and redo would bring back.
  const T& undo_leads_to() const { return done_.back().value; }
  const T& redo_leads_to() const { return undone_.back().value; }
  /// What they would undo, and do again.
  const std::string& undoes() const { return done_.back().what; }
  const std::string& redoes() const { return undone_.back().what; }
  T undo(T present) { return move(done_, undone_, std::move(present)); }
  T redo(T present) { return move(undone_, done_, std::move(present)); }
  /// The last change came to nothing.
  template <class Is>
  void forget_last_if(Is is) {
    if (!done_.empty() && is(done_.back().value)) done_.pop_back();
  }
  void clear() {
    done_.clear();
    undone_.clear();
    last_name_.clear();
  }

 private:
  static constexpr std::size_t kMost = 200;

  struct Entry {
    T value;
    std::string what;
  };

  T move(std::vector<Entry>& from, std::vector<Entry>& to, T present) {
    last_name_.clear();
    to.push_back({std::move(present), from.back().what});
    T value = std::move(from.back().value);
    from.pop_back();
    return value;
  }

  std::vector<Entry> done_, undone_;
  std::string last_name_;
  double last_time_ = 0;
};

}  // namespace gatescope::ui
