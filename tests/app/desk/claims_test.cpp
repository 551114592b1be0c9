#include "app/desk/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/desk/frame_executor.h"
#include "core/files.h"
#include "tests/temporary_folder.h"

namespace gatescope::ui {
namespace {

using testing::HasSubstr;

constexpr const char* kTinyClaim = R"({
  "title": "Tiny", "claim": "It can be run.", "published": "never",
  "experiment": {"task": {"kind": "parity", "length": 4, "modulus": 2},
                 "models": [{"name": "RNN", "cell": "rnn", "hidden": 4}],
                 "training": {"updates": 3, "evaluate_every": 1, "batch": 4, "bptt": "full"}},
  "measures": {"loss": {"kind": "held_out"}},
  "conditions": [{"says": "There is a loss", "above": 0, "seeds": 2}],
  "seeds": 3})";

class ClaimsOnTheDesk : public testing::Test {
 protected:
  ClaimsOnTheDesk() {
    write_file(folder_.path() / "tiny.json", kTinyClaim);
    std::string other = kTinyClaim;
    other.replace(other.find("above"), 5, "below");
    write_file(folder_.path() / "other.json", other);
  }
  Claims::Standing standing(const char* name) { return claims.standing(*claims.find(name)); }
  void piece() {
    executor.advance(Clock::duration(0));
    claims.tick();
  }

  TemporaryFolder folder_;
  FrameExecutor executor;
  Notices notices;
  Claims claims{folder_.path(), folder_.path(), executor, notices};
};

TEST_F(ClaimsOnTheDesk, AreMeasuredSeedBySeedUntilTheyAreDecided) {
  EXPECT_EQ(claims.cards().size(), 2u);
  EXPECT_EQ(standing("tiny").jobs, 3u);
  EXPECT_FALSE(claim::decided(standing("tiny").conditions));
  claims.measure("tiny");
  double before = -1;
  std::size_t decided_at = 0;
  while (claims.measuring()) {
    const Claims::Standing now = standing("tiny");
    EXPECT_GE(now.progress, before);
    before = now.progress;
    if (decided_at == 0 && claim::decided(now.conditions)) decided_at = now.done;
    piece();
  }
  EXPECT_EQ(decided_at, 2u) << "two seeds are asked";
  EXPECT_EQ(standing("tiny").done, 3u);
  EXPECT_EQ(claim::decided(standing("tiny").conditions), true);
  claims.measure("other");
  while (claims.measuring()) piece();
  EXPECT_EQ(claim::decided(standing("other").conditions), false);
}

TEST_F(ClaimsOnTheDesk, WhatIsStoppedGoesOnWithWhatIsMissing) {
  claims.measure("tiny");
  while (standing("tiny").done < 1) piece();
  claims.stop();
  EXPECT_FALSE(claims.measuring());
  const auto first = standing("tiny").conditions[0].values[0];
  claims.measure("tiny");
  claims.measure("other");
  EXPECT_FALSE(standing("tiny").measuring) << "one at a time";
  claims.measure("tiny");
  while (claims.measuring()) piece();
  EXPECT_EQ(standing("tiny").done, 3u);
  EXPECT_EQ(standing("tiny").conditions[0].values[0], first);
}

TEST_F(ClaimsOnTheDesk, WhatFailsIsTold) {
  std::string wrong = kTinyClaim;
  wrong.replace(wrong.find("held_out"), 8, "skill");
  write_file(folder_.path() / "wrong.json", wrong);
  write_file(folder_.path() / "worse.json", "{\"claim\": 3}");
  EXPECT_EQ(claims.cards().size(), 3u);
  ASSERT_EQ(notices.all().size(), 1u);
  claims.measure("wrong");
  while (claims.measuring()) piece();
  EXPECT_THAT(notices.all().back().text, HasSubstr("only models of a series forecast"));
  claims.measure("nothing of this name");
  EXPECT_FALSE(claims.measuring());
}

}  // namespace
}  // namespace gatescope::ui
