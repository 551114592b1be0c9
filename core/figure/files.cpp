#include "core/figure/files.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/sha256.h"
#include "core/train/history.h"

namespace gatescope::figure {
namespace fs = std::filesystem;
namespace {

FileReference reference(const std::filesystem::path& path, std::string digest) {
  std::error_code code;
  return {path, std::filesystem::absolute(path, code).lexically_normal(), std::move(digest),
          std::filesystem::file_size(path, code)};
}

/// A kind of file: what errors call it, how it begins, and how large it may be.
struct Kind {
  std::string_view name;
  bool (*begins_right)(std::string_view bytes, std::uintmax_t size);
  std::uintmax_t most_bytes;
  bool is_table = false;
};

/// The file, if it has these bytes. Throws Error where it cannot be read.
std::optional<FoundFile> read_if(const fs::path& path, const FileReference& file, const Kind& kind) {
  FoundFile found{path, kind.is_table ? std::string() : read_file(path, kind.most_bytes)};
  // A table may have grown since: its first bytes are meant.
  const std::string digest =
      kind.is_table ? sha256_of_file(path, file.size.value_or(train::kWhole)) : sha256(found.bytes);
  if (digest != file.sha256) return std::nullopt;
  return found;
}

/// 8 bytes, the length of a JSON object, little-endian, then the object.
bool begins_as_safetensors(std::string_view bytes, std::uintmax_t size) {
  if (bytes.size() < 9 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  for (std::size_t k = 8; k-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[k]);
  return length >= 2 && length <= size - 8;
}

constexpr Kind kModel{"model", begins_as_safetensors, kLargestFile};
constexpr Kind kVocabulary{"vocabulary", [](std::string_view, std::uintmax_t) { return true; },
                           std::uintmax_t{1} << 28};
constexpr Kind kMetrics{"table of metrics", [](std::string_view, std::uintmax_t) { return true; },
                        std::uintmax_t{1} << 34, true};

const Kind& kind_of(FileRole role) {
  switch (role) {
    case FileRole::model:
      return kModel;
    case FileRole::vocabulary:
      return kVocabulary;
    default:
      return kMetrics;
  }
}

constexpr int kDepth = 2;                                          // of subfolders
constexpr std::size_t kMostEntries = 10000;                        // of a folder and its subfolders
constexpr std::uintmax_t kMostOfOthers = std::uintmax_t{1} << 30;  // bytes of files with other names

/// The search for a file of a figure that is opened again. Nothing that a figure names is waited for, and
/// nothing large is read that cannot be it.
class Search {
 public:
  Search(const FileReference& file, const Kind& kind, const Places& places)
      : file_(file), kind_(kind), places_(places), name_(file.path.filename()) {}

  FoundFile find() {
    for (const fs::path& path : places_.files) {
      std::error_code code;
      if (fs::is_directory(path, code))
        folders_.push_back(path);
      else if (is_it(path, true))
        return take();
    }
    std::error_code code;
    folders_.insert(folders_.end(), places_.folders.begin(), places_.folders.end());
    folders_.push_back(fs::absolute(places_.of_figure, code).parent_path());
    folders_.push_back(fs::current_path(code));
    for (const fs::path& folder : folders_) {
      if (is_it(folder / name_, true)) return take();
      if (file_.path.is_relative() && is_it(folder / file_.path, true)) return take();
    }
    if (file_.path.is_absolute() && is_it(file_.path, true)) return take();
    if (!file_.absolute.empty() && is_it(file_.absolute, true)) return take();
    if (const auto once = places_.remembered ? places_.remembered(file_.sha256) : std::nullopt;
        once && is_it(*once, true))
      return take();
    for (const fs::path& folder : folders_)
      if (is_below(folder)) return take();
    refuse();
  }

 private:
  FoundFile take() { return std::move(found_); }

  /// Whether the file has the bytes. `expected`: people take it for the one that is meant.
  bool is_it(const fs::path& path, bool expected) {
    std::error_code code;
    if (!fs::is_regular_file(path, code)) return false;
    const std::uintmax_t size = fs::file_size(path, code);
    if (code) return false;
    if (size <= kind_.most_bytes &&
        (!file_.size || size == *file_.size || (kind_.is_table && size > *file_.size)) &&
        (expected || size <= left_for_others_) && begins_right(path, size)) {
      if (!expected) left_for_others_ -= size;
      try {
        if (auto found = read_if(path, file_, kind_)) {
          found_ = std::move(*found);
          return true;
        }
      } catch (const Error&) {
        return false;  // another one may be readable
      }
    }
    if (expected && changed_.empty()) changed_ = path;
    return false;
  }

  bool begins_right(const fs::path& path, std::uintmax_t size) const {
    std::ifstream file(path, std::ios::binary);
    std::string begin(16, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<std::size_t>(file.gcount()));
    return kind_.begins_right(begin, size);
  }

  /// Looks through a folder's subfolders, the nearest first: for the name, then for the size.
  bool is_below(const fs::path& top) {
    if (top == top.root_path()) return false;  // the whole machine
    std::vector<fs::path> others;
    std::deque<std::pair<fs::path, int>> waiting{{top, 0}};
    std::size_t entries = 0;
    for (; !waiting.empty(); waiting.pop_front()) {
      const auto& [folder, depth] = waiting.front();
      std::error_code code;
      for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (++entries > kMostEntries) break;
        const fs::path& path = entry->path();
        std::error_code ignored;
        const bool hidden = path.filename().native().starts_with('.');
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
          if (depth < kDepth && !hidden) waiting.emplace_back(path, depth + 1);
        } else if (path.filename() == name_) {
          if (is_it(path, true)) return true;
        } else if (file_.size && path.extension() == name_.extension() &&
                   entry->file_size(ignored) == *file_.size) {
          others.push_back(path);
        }
      }
    }
    return std::ranges::any_of(others, [&](const fs::path& path) { return is_it(path, false); });
  }

  [[noreturn]] void refuse() const {
    const std::string digest = fmt::format("SHA-256 {}...", file_.sha256.substr(0, 12));
    if (!changed_.empty()) {
      fail("the {} at '{}' is not the one that made it: trained on since, or another ({} expected)",
           kind_.name, changed_.string(), digest);
    }
    std::string looked;
    for (std::size_t k = 0; k < folders_.size(); ++k) {
      if (std::find(folders_.begin(), folders_.begin() + static_cast<std::ptrdiff_t>(k), folders_[k]) ==
          folders_.begin() + static_cast<std::ptrdiff_t>(k))
        looked += fmt::format("{}'{}'", looked.empty() ? "" : ", ", folders_[k].string());
    }
    fail(
        "the {} '{}' ({}{}) is missing (looked for in {} and their subfolders{}); --model FILE or --look-in "
        "DIR says where it is",
        kind_.name, name_.string(), file_.size ? fmt::format("{} bytes, ", *file_.size) : "", digest, looked,
        file_.absolute.empty() ? "" : fmt::format(", and at '{}'", file_.absolute.string()));
  }

  const FileReference& file_;
  const Kind& kind_;
  const Places& places_;
  fs::path name_, changed_;
  std::vector<fs::path> folders_;
  std::uintmax_t left_for_others_ = kMostOfOthers;
  FoundFile found_;
};

}  // namespace

FileReference refer_to(const std::filesystem::path& path) {
  return reference(path, sha256_of_file(path));
}

FileReference refer_to_table(const std::filesystem::path& path) {
  const std::uint64_t size = train::size_of_table(path);
  FileReference file = reference(path, sha256_of_file(path, size));
  file.size = size;
  return file;
}

FoundFile find_file(const FileReference& file, FileRole role, const Places& places) {
  const Kind& kind = kind_of(role);
  if (file.path.empty()) fail("the {} was never saved to a file", kind.name);
  if (!places.of_figure.empty()) return Search(file, kind, places).find();
  if (auto found = read_if(file.path, file, kind)) return std::move(*found);
  fail("the {} '{}' was changed by another program meanwhile", kind.name, file.path.string());
}

}  // namespace gatescope::figure
