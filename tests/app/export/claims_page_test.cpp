#include "app/export/claims_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/export/base64.h"

namespace gatescope::app {
namespace {

using testing::HasSubstr;

claim::Card small_card() {
  return claim::card_from_json(nlohmann::json::parse(R"({
    "title": "Small, <really>", "claim": "It learns.", "by": "a & b", "published": "yes",
    "experiment": {"task": {"kind": "parity", "length": 4, "modulus": 2},
                   "models": [{"name": "A", "cell": "rnn", "hidden": 4}],
                   "training": {"updates": 2, "bptt": "full"}},
    "measures": {"loss": {"kind": "held_out"}},
    "conditions": [{"says": "Low & low", "below": 0.5, "seeds": 1}],
    "seeds": 2})"),
                               "small", "small.json");
}

TEST(Base64, IsAsTheStandardHasIt) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

TEST(ClaimsPage, HasEverythingInItAndAsksNobody) {
  const claim::Card card = small_card();
  std::vector<claim::Result> results;
  for (std::uint64_t seed = 1; seed <= 2; ++seed)
    results.push_back({.card = card.name,
                       .digest = card.digest,
                       .seed = seed,
                       .values = {{"loss", {{"A", seed == 1 ? 0.4 : 0.6}}}}});
  const std::vector<claim::Verdict> verdicts{claim::judge(card, results)};
  const std::string svg = "<svg/>";
  const std::string page = claims_page(verdicts, std::vector<std::string>{svg}, "gatescope <1>");
  EXPECT_THAT(page, HasSubstr("Small, &lt;really&gt;"));
  EXPECT_THAT(page, HasSubstr("[a &amp; b]"));
  EXPECT_THAT(page, HasSubstr("Low &amp; low"));
  EXPECT_THAT(page, HasSubstr("gatescope &lt;1&gt;"));
  EXPECT_THAT(page, HasSubstr("1 of 2"));
  EXPECT_THAT(page, HasSubstr("base64," + base64(svg)));
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("<p></p>"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::app
