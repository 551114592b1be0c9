#include "core/file_memory.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "core/math/storage.h"

namespace gatescope {
namespace {

constexpr std::size_t kMany = std::size_t{1} << 20;

TEST(FileMemory, KeepsWhatIsReleased) {
  FileMemory file;
  auto* numbers = static_cast<std::uint32_t*>(file.allocate(kMany * sizeof(std::uint32_t)));
  if (!numbers) GTEST_SKIP() << "no temporary folder is on a disk";
  EXPECT_EQ(numbers[kMany - 1], 0u);
  for (std::size_t k = 0; k < kMany; ++k) numbers[k] = static_cast<std::uint32_t>(k);
  file.release();
  for (std::size_t k = 0; k < kMany; ++k) ASSERT_EQ(numbers[k], k);
}

TEST(FileMemory, IsNullWhereNoDiskHasTheRoom) {
  EXPECT_EQ(FileMemory().allocate(std::size_t{1} << 60), nullptr);
  EXPECT_FALSE(FileMemory::has_room(1e18));
}

TEST(Storage, IsCopiedIntoMemoryOfItsOwn) {
  const auto file = std::make_shared<FileMemory>();
  StoredMatrix<float> matrix;
  matrix.resize(2, kMany, file);
  matrix.setConstant(3);
  StoredMatrix<float> copy = matrix;
  matrix.setZero();
  EXPECT_EQ(copy(1, kMany - 1), 3);
  const StoredMatrix<float> moved = std::move(copy);
  EXPECT_EQ(moved.cols(), static_cast<Index>(kMany));
  EXPECT_EQ(moved(1, kMany - 1), 3);
}

}  // namespace
}  // namespace gatescope
