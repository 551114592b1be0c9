#include "core/error.h"

#include <gtest/gtest.h>

namespace gatescope {

TEST(Error, CarriesTheFormattedMessage) {
  try {
    fail("preset '{}': /training/batch is {}, expected 1 or more", "a.json", -3);
    FAIL() << "fail() returned";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "preset 'a.json': /training/batch is -3, expected 1 or more");
  }
}

}  // namespace gatescope
