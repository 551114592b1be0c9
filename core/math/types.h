#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

#include "core/math/index.h"

namespace gatescope {

static_assert(std::is_same_v<Index, Eigen::Index>);

/// Column-major matrices. Over a sequence a matrix is (rows, T*B): column t*B + b is step t of batch entry b.
template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;
template <class S>
using MatrixView = Eigen::Map<Matrix<S>>;
template <class S>
using VectorView = Eigen::Map<Vector<S>>;
template <class S>
using ConstMatrixView = Eigen::Map<const Matrix<S>>;

/// Numbers (rows, columns), contiguous, with coefficient-wise arithmetic.
template <class S>
using ConstBlock = Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic>>;

/// Memory that begins where a cache line does, which is as wide as the widest vector: no load of a kernel
/// then crosses two lines.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>&) {}

  T* allocate(std::size_t count) {
    if (count > std::size_t(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(::operator new(count * sizeof(T), line));
  }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, line); }
  bool operator==(const LineAllocator&) const { return true; }
};

/// A flat buffer for the kernels.
template <class S>
using Buffer = std::vector<S, LineAllocator<S>>;

}  // namespace gatescope
