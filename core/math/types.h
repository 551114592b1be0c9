#pragma once

#include <Eigen/Core>
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
using ConstMatrixView = Eigen::Map<const Matrix<S>>;

/// One step of one channel: (H, B), contiguous, with coefficient-wise arithmetic.
template <class S>
using Block = Eigen::Map<Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic>>;
template <class S>
using ConstBlock = Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic>>;

/// A flat buffer aligned for vector loads.
template <class S>
using Buffer = std::vector<S, Eigen::aligned_allocator<S>>;

}  // namespace gatescope
