#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace gatescope::host {

/// A file that this object holds a lock on, if it can have it: nobody else has it then, in this process or
/// another. The lock goes with the object, and with the process, however that ends.
class LockFile {
 public:
  enum class Open {
    existing,  // a file that is there
    fresh,     // a new file, for its owner alone
    shared,    // made where it is missing; one that may only be read can be locked as well
  };
  enum class State {
    missing,     // no such file
    refused,     // it cannot be opened, error() says why
    held,        // another has the lock
    unasked,     // open, but the file system did not say whether another has it
    impossible,  // open, but the file system has no locks
    ours,
  };

  /// Does not wait. A symbolic link is not followed.
  LockFile(const std::filesystem::path& path, Open open);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

  State state() const { return state_; }
  bool is_open() const { return state_ != State::missing && state_ != State::refused; }
  /// Why it was not opened or locked, or what happened last.
  const std::error_code& error() const { return error_; }

  // Of an open one.

  /// Its first 4096 bytes at most.
  std::string text() const;
  /// Puts a text in place of what is there, if it can: false and error() else.
  bool write(std::string_view text);
  /// Since it was last touched.
  std::chrono::system_clock::duration age() const;
  void touch() const;
  /// Whether nobody removed it.
  bool has_name() const;
  /// Whether the file of this path is it.
  bool is_at(const std::filesystem::path& path) const;

 private:
  [[maybe_unused]] int number_ = -1;  // of its descriptor, where the host has such
  std::filesystem::path path_;        // where it has none
  State state_ = State::refused;
  std::error_code error_;
};

}  // namespace gatescope::host
