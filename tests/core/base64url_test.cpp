#include "core/base64url.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

TEST(Base64Url, IsThatOfRfc4648WithoutPadding) {
  const std::pair<std::string_view, std::string_view> known[] = {
      {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
  for (const auto& [bytes, text] : known) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
}

TEST(Base64Url, OtherTextsAreNoBytes) {
  for (const char* text : {"Zg==", "Z", "Zm+v", "Zm 9v", "Zh"})
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gatescope
