#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "core/file_memory.h"
#include "core/math/types.h"

namespace gatescope {

/// Memory that begins where a cache line does and is zero at first; the system hands it over page by page as
/// it is used, so that getting much of it takes no time.
class ZeroMemory {
 public:
  /// As much or more, of undefined values where it was there already. Throws bad_alloc.
  void* at_least(std::size_t bytes) {
    constexpr std::size_t line = 64;
    if (bytes <= size_) return start_;
    if (bytes > std::size_t(-1) - line) throw std::bad_alloc();
    memory_.reset();
    size_ = 0;
    std::size_t room = bytes + line;
    memory_.reset(std::calloc(room, 1));
    if (!memory_) throw std::bad_alloc();
    start_ = memory_.get();
    std::align(line, bytes, start_, room);
    size_ = bytes;
    return start_;
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  void* start_ = nullptr;
  std::size_t size_ = 0;
};

/// Numbers in one row: in memory, or, where they are many and a file is given, in that file. Copies are in
/// memory.
template <class S>
class Storage {
 public:
  Storage() = default;
  Storage(const Storage& other) { *this = other; }
  Storage(Storage&& other) noexcept { *this = std::move(other); }
  Storage& operator=(const Storage& other) {
    if (this == &other) return *this;
    resize(other.size_);
    std::copy_n(other.data_, size_, data_);
    return *this;
  }
  Storage& operator=(Storage&& other) noexcept {
    memory_ = std::exchange(other.memory_, {});
    file_ = std::exchange(other.file_, {});
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// Undefined values afterwards. Keeps its memory where that suffices.
  void resize(std::size_t size, const std::shared_ptr<FileMemory>& file = nullptr) {
    if (size == size_ && file == file_) return;
    size_ = size;
    file_ = file && size * sizeof(S) >= kWorthAFile ? file : nullptr;
    data_ = file_ ? static_cast<S*>(file_->allocate(size * sizeof(S))) : nullptr;
    if (data_) {
      memory_ = {};
    } else {
      data_ = static_cast<S*>(memory_.at_least(size * sizeof(S)));
    }
  }
  void clear() { resize(0); }

  S* data() { return data_; }
  const S* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  S& operator[](std::size_t k) { return data_[k]; }
  const S& operator[](std::size_t k) const { return data_[k]; }

 private:
  static constexpr std::size_t kWorthAFile = std::size_t{1} << 21;  // bytes

  ZeroMemory memory_;
  std::shared_ptr<FileMemory> file_;
  S* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A matrix that owns such numbers.
template <class S>
class StoredMatrix : public MatrixView<S> {
 public:
  StoredMatrix() : MatrixView<S>(nullptr, 0, 0) {}
  StoredMatrix(const StoredMatrix& other) : StoredMatrix() { *this = other; }
  StoredMatrix(StoredMatrix&& other) noexcept : StoredMatrix() { *this = std::move(other); }
  StoredMatrix& operator=(const StoredMatrix& other) {
    storage_ = other.storage_;
    view(other.rows(), other.cols());
    return *this;
  }
  StoredMatrix& operator=(StoredMatrix&& other) noexcept {
    storage_ = std::move(other.storage_);
    view(other.rows(), other.cols());
    other.view(0, 0);
    return *this;
  }

  /// Undefined values afterwards.
  void resize(Index rows, Index cols, const std::shared_ptr<FileMemory>& file = nullptr) {
    storage_.resize(static_cast<std::size_t>(rows * cols), file);
    view(rows, cols);
  }

 private:
  void view(Index rows, Index cols) {
    new (static_cast<MatrixView<S>*>(this)) MatrixView<S>(storage_.data(), rows, cols);
  }

  Storage<S> storage_;
};

}  // namespace gatescope
