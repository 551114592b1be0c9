// Times that go on: in the form in which they are written, and only where all of them agree.

#include "core/series/time_spacing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatescope::series {
namespace {

using Times = std::vector<std::string>;

/// The times so many rows after the last; "?" where nobody can say.
Times onward(const Times& times, Index rows = 3) {
  const auto spacing = TimeSpacing::of(times);
  Times all;
  for (Index k = 1; spacing && k <= rows; ++k) all.push_back(spacing->after(k).value_or("?"));
  return spacing ? all : Times{"?"};
}
const Times kNobodyKnows{"?"};

TEST(TimeSpacing, NumbersAndMonths) {
  EXPECT_EQ(onward({"1949", "1950"}), (Times{"1951", "1952", "1953"}));
  EXPECT_EQ(onward({"1700", "1705", "1710"}, 1), Times{"1715"});
  EXPECT_EQ(onward({"-2", "-1"}), (Times{"0", "1", "2"}));
  EXPECT_EQ(onward({"098", "099"}, 2), (Times{"100", "101"}));
  EXPECT_EQ(onward({"2020-11", "2020-12"}, 2), (Times{"2021-01", "2021-02"}));
  EXPECT_EQ(onward({"11/2020", "12/2020"}, 1), Times{"01/2021"});
  EXPECT_EQ(onward({"8/2020", "9/2020"}, 2), (Times{"10/2020", "11/2020"}));
  EXPECT_EQ(onward({"202011", "202012"}, 1), Times{"202101"});
  EXPECT_EQ(onward({"2020-03", "2020-06", "2020-09"}, 2), (Times{"2020-12", "2021-03"}));
}

TEST(TimeSpacing, QuartersAndWeeks) {
  EXPECT_EQ(onward({"2020-Q3", "2020-Q4"}, 2), (Times{"2021-Q1", "2021-Q2"}));
  EXPECT_EQ(onward({"2020Q3", "2020Q4"}, 1), Times{"2021Q1"});
  EXPECT_EQ(onward({"Q3 2020", "Q4 2020"}, 1), Times{"Q1 2021"});
  EXPECT_EQ(onward({"2020-Q3", "2020-Q5"}), kNobodyKnows);
  // 2020 has 53 weeks [ISO 8601], 2021 has 52.
  EXPECT_EQ(onward({"2020-W51", "2020-W52"}, 3), (Times{"2020-W53", "2021-W01", "2021-W02"}));
  EXPECT_EQ(onward({"2021W51", "2021W52"}, 1), Times{"2022W01"});
  EXPECT_EQ(onward({"2021-W52", "2021-W53"}), kNobodyKnows);
}

TEST(TimeSpacing, DaysKnowLeapYears) {
  EXPECT_EQ(onward({"2020-02-27", "2020-02-28"}), (Times{"2020-02-29", "2020-03-01", "2020-03-02"}));
  EXPECT_EQ(onward({"2021-02-27", "2021-02-28"}, 1), Times{"2021-03-01"});
  EXPECT_EQ(onward({"1900-02-27", "1900-02-28"}, 1), Times{"1900-03-01"}) << "no leap year";
  EXPECT_EQ(onward({"2000-02-27", "2000-02-28"}, 1), Times{"2000-02-29"});
  EXPECT_EQ(onward({"2020-12-17", "2020-12-24"}, 2), (Times{"2020-12-31", "2021-01-07"})) << "weeks";
  EXPECT_EQ(onward({"20201230", "20201231"}, 1), Times{"20210101"});
  EXPECT_EQ(onward({"2020/12/30", "2020/12/31"}, 1), Times{"2021/01/01"});
  EXPECT_EQ(onward({"2020-9-8", "2020-9-9"}, 2), (Times{"2020-9-10", "2020-9-11"}));
}

TEST(TimeSpacing, MonthsWithADayKeepIt) {
  EXPECT_EQ(onward({"2020-11-01", "2020-12-01"}), (Times{"2021-01-01", "2021-02-01", "2021-03-01"}));
  EXPECT_EQ(onward({"2020-11-15", "2020-12-15"}, 2), (Times{"2021-01-15", "2021-02-15"}));
  EXPECT_EQ(onward({"2020-11-30", "2020-12-31"}), (Times{"2021-01-31", "2021-02-28", "2021-03-31"}));
  EXPECT_EQ(onward({"2020-01-31", "2020-02-29"}), (Times{"2020-03-31", "2020-04-30", "2020-05-31"}));
  EXPECT_EQ(onward({"2020-12-30", "2021-01-30"}), (Times{"2021-02-28", "2021-03-30", "2021-04-30"}));
  EXPECT_EQ(onward({"2020-04-30", "2020-07-31"}, 1), Times{"2020-10-31"}) << "three months, the last day";
  EXPECT_EQ(onward({"2019-03-01", "2020-03-01"}, 1), Times{"2021-03-01"}) << "years";
  EXPECT_EQ(onward({"2021-02-01", "2021-03-01", "2021-03-29"}, 1), Times{"2021-04-26"}) << "28 days";
}

TEST(TimeSpacing, UsAndEuropeanDatesAsTheyAreWritten) {
  EXPECT_EQ(onward({"30.12.2009", "31.12.2009"}, 2), (Times{"01.01.2010", "02.01.2010"}));
  EXPECT_EQ(onward({"8.1.2010", "9.1.2010"}, 1), Times{"10.1.2010"});
  EXPECT_EQ(onward({"12/30/2009", "12/31/2009"}, 1), Times{"01/01/2010"});
  EXPECT_EQ(onward({"12/31/2009", "1/1/2010"}, 1), Times{"1/2/2010"});
  EXPECT_EQ(onward({"30/12/2009", "31/12/2009"}, 1), Times{"01/01/2010"});
  EXPECT_EQ(onward({"30-12-99", "31-12-99"}, 1), Times{"01-01-00"});
  EXPECT_EQ(onward({"20-12-30", "20-12-31"}), kNobodyKnows) << "a day later, or a year";
  EXPECT_EQ(onward({"20-12-11", "20-12-12"}, 1), Times{"20-12-13"}) << "either way";
  // January 1 and February 1, or January 1 and 2: it becomes clear with the 13th.
  EXPECT_EQ(onward({"01/01/2020", "02/01/2020"}), kNobodyKnows);
  Times us, european;
  for (int k = 1; k <= 13; ++k) {
    us.push_back((k < 10 ? "01/0" : "01/") + std::to_string(k) + "/2020");
    european.push_back((k < 10 ? "0" : "") + std::to_string(k) + "/01/2020");
  }
  EXPECT_EQ(onward(us, 1), Times{"01/14/2020"});
  EXPECT_EQ(onward(european, 1), Times{"14/01/2020"});
}

TEST(TimeSpacing, DaysWithATime) {
  EXPECT_EQ(onward({"2020-02-28 22:00", "2020-02-28 23:00"}, 2),
            (Times{"2020-02-29 00:00", "2020-02-29 01:00"}));
  EXPECT_EQ(onward({"2020-12-31T23:30:00Z", "2020-12-31T23:45:00Z"}, 1), Times{"2021-01-01T00:00:00Z"});
  EXPECT_EQ(onward({"2020-12-31T23:59:58.000+01:00", "2020-12-31T23:59:59.000+01:00"}, 1),
            Times{"2021-01-01T00:00:00.000+01:00"});
  EXPECT_EQ(onward({"31.12.2020 9:00", "31.12.2020 10:00"}, 1), Times{"31.12.2020 11:00"});
  EXPECT_EQ(onward({"2020-01-31 12:00", "2020-02-29 12:00"}, 1), Times{"2020-03-31 12:00"});
  EXPECT_EQ(onward({"2020-03-29T00:00+01:00", "2020-03-29T02:00+02:00"}), kNobodyKnows) << "another zone";
}

TEST(TimeSpacing, AllKnownTimesHaveToAgree) {
  EXPECT_EQ(onward({"1949", "1950", "1952", "1953"}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-01-01", "2020-01-02", "2020-01-05", "2020-01-06"}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-01-01", "2020-01-02", "03.01.2020"}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-01-01", "2020-01-01"}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-02-29", "2020-02-30"}), kNobodyKnows) << "there is no such day";
  EXPECT_EQ(onward({"Mon", "Tue"}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-01-01"}), kNobodyKnows);
  EXPECT_EQ(onward({}), kNobodyKnows);
  EXPECT_EQ(onward({"", ""}), kNobodyKnows);
  EXPECT_EQ(onward({"2020-01-01 24:00", "2020-01-02 24:00"}), kNobodyKnows);
  // One that is not known is skipped, with its row.
  EXPECT_EQ(onward({"2020-01-01", "", "2020-01-03", ""}, 1), Times{"2020-01-05"});
  EXPECT_EQ(onward({"2020-01-01", "", "2020-01-04"}), kNobodyKnows);
  EXPECT_EQ(onward({"9999-12-30", "9999-12-31"}, 1), Times{"?"}) << "no year 10000";
  EXPECT_EQ(onward({"0001-01-01", "9999-01-01"}, 1), Times{"?"});
  EXPECT_EQ(onward({"99999999999999999999", "99999999999999999998"}), kNobodyKnows) << "no number of ours";
  EXPECT_EQ(onward({"-9223372036854775808", "-9223372036854775807"}), kNobodyKnows);
}

}  // namespace
}  // namespace gatescope::series
