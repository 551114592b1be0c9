#include "app/kit/file_browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/capitalised.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

bool has_extension(const std::string& name, const std::vector<std::string>& extensions) {
  const std::string given = in_small_letters(name);
  return extensions.empty() ||
         std::any_of(extensions.begin(), extensions.end(),
                     [&](const std::string& each) { return given.ends_with(in_small_letters(each)); });
}

}  // namespace

void FileBrowser::open(Request request) {
  request_ = std::move(request);
  state_ = State::opening;
  name_ = request_.name;
  all_files_ = false;
  chosen_.reset();
  std::error_code ignored;
  if (!request_.folder.empty())
    go(request_.folder);
  else
    go(folder_.empty() ? fs::current_path(ignored) : folder_);
}

void FileBrowser::go(const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(folder, error), error);
  folder_ = error || whole.empty() ? folder : whole;
  went_ = true;
  selected_ = -1;
  read_folder();
}

void FileBrowser::read_folder() {
  constexpr std::size_t most = 20000;
  entries_.clear();
  problem_.clear();
  confirm_.reset();
  selected_ = -1;
  std::error_code error;
  fs::directory_iterator each(folder_, error);
  for (; !error && each != fs::directory_iterator() && entries_.size() < most; each.increment(error)) {
    std::error_code ignored;
    Entry entry{each->path().filename().string(), each->is_directory(ignored), 0};
    if (!hidden_ && entry.name.starts_with('.')) continue;
    if (!entry.is_folder) {
      if (!all_files_ && !has_extension(entry.name, request_.extensions)) continue;
      const auto size = each->file_size(ignored);
      entry.size = ignored ? 0 : size;
    }
    entries_.push_back(std::move(entry));
  }
  if (error) problem_ = fmt::format("{} cannot be read: {}", folder_.string(), error.message());
  if (entries_.size() == most) problem_ = fmt::format("only the first {} files are shown", most);
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    return std::pair(in_small_letters(a.name), a.name) < std::pair(in_small_letters(b.name), b.name);
  });
}

/// A path as typed or pasted: a folder is gone to, a file is taken.
void FileBrowser::type_path(std::string text) {
  const auto trimmed = [&](std::string_view around) {
    const std::size_t first = text.find_first_not_of(around), last = text.find_last_not_of(around);
    text = first == std::string::npos ? "" : text.substr(first, last - first + 1);
  };
  trimmed(" \t\r\n");
  if (text.size() > 1 && text.front() == text.back() && (text.front() == '"' || text.front() == '\''))
    text = text.substr(1, text.size() - 2);
  if (text.empty()) return;
  if (request_.takes && request_.takes(text)) {
    chosen_ = text;
    return;
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr && (text == "~" || text.starts_with("~/"))) text = home + text.substr(1);
  const fs::path path = fs::path(text).is_absolute() ? fs::path(text) : folder_ / text;
  std::error_code error;
  if (fs::is_directory(path, error)) return go(path);
  went_ = true;
  if (fs::exists(path, error)) return choose(path);
  if (request_.purpose == Purpose::save && fs::is_directory(path.parent_path(), error)) {
    go(path.parent_path());
    name_ = path.filename().string();
    return;
  }
  problem_ = fmt::format("there is no {}", path.string());
}

/// A file that was picked: done, or its name to save under.
void FileBrowser::choose(const fs::path& path) {
  std::error_code ignored;
  if (request_.purpose == Purpose::save) {
    if (path.parent_path() != folder_) go(path.parent_path());
    name_ = path.filename().string();
    return;
  }
  if (!fs::exists(path, ignored))
    problem_ = fmt::format("{} is no longer there", path.filename().string());
  else
    chosen_ = path;
}

/// The button on the right, or Enter.
void FileBrowser::accept() {
  problem_.clear();
  const Entry* entry =
      selected_ >= 0 && selected_ < static_cast<int>(entries_.size()) ? &entries_[selected_] : nullptr;
  if (entry != nullptr && entry->is_folder) return go(folder_ / entry->name);
  if (request_.purpose == Purpose::open) {
    if (entry != nullptr) choose(folder_ / entry->name);
    return;
  }
  if (name_.empty()) {
    problem_ = "a name is needed";
    return;
  }
  if (name_.find('/') != std::string::npos) {
    const std::string typed = std::exchange(name_, request_.name);
    return type_path(typed);
  }
  std::string name = name_;
  if (!has_extension(name, request_.extensions)) name += request_.extensions.front();
  const fs::path path = folder_ / name;
  std::error_code error;
  if (fs::is_directory(path, error))
    problem_ = fmt::format("{} is a folder", name);
  else if (fs::exists(path, error))
    confirm_ = path;
  else
    chosen_ = path;
}

void FileBrowser::select(int index) {
  selected_ = index;
  problem_.clear();
  confirm_.reset();
  const Entry& entry = entries_[index];
  if (request_.purpose == Purpose::save && !entry.is_folder) name_ = entry.name;
}

}  // namespace gatescope::ui
