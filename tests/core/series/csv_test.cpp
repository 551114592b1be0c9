// Tables of numbers: what is read of them, what is assumed and said, and what is refused.

#include "core/series/csv.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/error_of.h"

namespace gatescope::series {
namespace {

using Texts = std::vector<std::string>;

Series parsed(std::string_view text, const Texts& columns = {}, const Texts& given = {}) {
  return parse_csv(text, "t.csv", columns, given);
}
std::string refused(std::string_view text, const Texts& columns = {}, const Texts& given = {}) {
  return error_of([&] { parsed(text, columns, given); });
}

TEST(SeriesCsv, TakesTimesNamesAndNumbers) {
  const Series series = parsed("date,sales,cost\n2020-01,1.5,-2\n2020-02,3e2,+4\n");
  EXPECT_EQ(series.columns, (Texts{"sales", "cost"}));
  EXPECT_EQ(series.times, (Texts{"2020-01", "2020-02"}));
  EXPECT_EQ(series.values, (std::vector<double>{1.5, -2, 300, 4}));
  EXPECT_EQ(series.rows(), 2);
  EXPECT_TRUE(series.notes.empty());
}

TEST(SeriesCsv, ReadsEveryUsualForm) {
  const std::vector<double> numbers{1.5, 2, 3, 4};
  for (const std::string_view text :
       {"a,b\r\n1.5,2\r\n3,4\r\n", "a;b\n1,5;2\n3;4", "a\tb\n1.5\t2\n3\t4\n\n\n",
        "\xEF\xBB\xBF\"a\" , \"b\"\n \"1.5\", 2\n3 ,4", "1.5,2\n3,4\n", "a,b\r1.5,2\r3,4\r"})
    EXPECT_EQ(parsed(text).values, numbers) << text;
  EXPECT_EQ(parsed("1.5,2\n3,4\n").columns, (Texts{"column 1", "column 2"}));
  EXPECT_EQ(parsed("\"a \"\"b\"\"\"\n1\n2\n").columns, (Texts{"a \"b\""}));
}

TEST(SeriesCsv, NumbersSayTimesOnlyUnderATimesName) {
  EXPECT_EQ(parsed("year,x\n1900,5\n1901,6\n").times, (Texts{"1900", "1901"}));
  EXPECT_EQ(parsed("width,x\n1900,5\n1901,6\n").width(), 2);
  EXPECT_EQ(parsed("1900,5\n1901,6\n").width(), 2) << "without names all are data";
  EXPECT_EQ(parsed("year,x\n3,5\n1,6\n2,7\n").width(), 2) << "these go neither up nor down";
}

TEST(SeriesCsv, TurnsRoundWhatHasTheNewestRowFirst) {
  const Series series = parsed("date,x\n2020-03-01,3\n2020-02-01,2\n2020-01-01,1\n");
  EXPECT_EQ(series.values, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(series.times.front(), "2020-01-01");
  ASSERT_EQ(series.notes.size(), 1u);
  EXPECT_NE(series.notes[0].find("turned round"), std::string::npos);
}

TEST(SeriesCsv, SaysWhatIsMissingAndWhere) {
  const Series series = parsed("t,x,y\n0,1,\n1,NA,2\n2,nan,-\n3,4,5\n");
  EXPECT_EQ(series.missing(), 4);
  EXPECT_TRUE(std::isnan(series.at(1, 0)) && std::isnan(series.at(0, 1)));
  ASSERT_EQ(series.notes.size(), 1u);
  EXPECT_NE(series.notes[0].find("4 values are missing (line 2, line 3, line 4"), std::string::npos)
      << series.notes[0];
}

TEST(SeriesCsv, LeavesTextsOutAndSaysSo) {
  const Series series = parsed("date,city,x\n2020-01,Rome,1\n2020-02,Oslo,2\n");
  EXPECT_EQ(series.columns, Texts{"x"});
  ASSERT_EQ(series.notes.size(), 1u);
  EXPECT_NE(series.notes[0].find("\"city\" has no numbers"), std::string::npos);
}

TEST(SeriesCsv, TakesTheColumnsThatAreNamed) {
  const Series series = parsed("t,a,b,c\n0,1,2,x\n1,3,4,y\n", {"b", "a"}, {"a"});
  EXPECT_EQ(series.columns, (Texts{"b", "a"}));
  EXPECT_EQ(series.values, (std::vector<double>{2, 1, 4, 3}));
  EXPECT_EQ(series.given, (std::vector<char>{0, 1}));
  EXPECT_NE(refused("a,b\n1,2\n", {"z"}).find("no column \"z\", expected one of \"a, b\""),
            std::string::npos);
  EXPECT_NE(refused("a,a\n1,2\n", {"a"}).find("more than one column \"a\""), std::string::npos);
  EXPECT_NE(refused("a,b\n1,2\n", {"a"}, {"b"}).find("is known in advance but is not taken"),
            std::string::npos);
  EXPECT_NE(refused("a,b\n1,2\n", {"a"}, {"a"}).find("expected one to forecast"), std::string::npos);
}

TEST(SeriesCsv, RefusesBrokenTablesAtTheirLine) {
  EXPECT_EQ(refused("a,b\n1,2\n3\n"), "'t.csv', line 3 has 1 field, expected 2 as in line 1");
  EXPECT_NE(refused("x,y\n1,2\n3,four\n").find("line 3: the column \"y\" has \"four\", expected a number"),
            std::string::npos);
  EXPECT_NE(refused("x\n1\ninf\n").find("line 3: the column \"x\" has \"inf\""), std::string::npos);
  EXPECT_NE(refused("x\n1\n1e40\n").find("expected a number within 1e+30"), std::string::npos);
  EXPECT_NE(refused("x\n1\n1e999\n").find("expected a number within 1e+30"), std::string::npos);
  EXPECT_NE(refused("x\n\"1\n2\n").find("line 2: a quote is opened and never closed"), std::string::npos);
  EXPECT_NE(refused("x,y\n\"1\"2,3\n").find("stands behind a closed quote, expected ','"), std::string::npos);
  EXPECT_NE(refused("").find("is empty"), std::string::npos);
  EXPECT_NE(refused("a,b\n").find("names of columns and no rows"), std::string::npos);
  EXPECT_NE(refused("a\nx\ny\n").find("no column of numbers"), std::string::npos);
  EXPECT_NE(refused("a\n\xff\n").find("'t.csv'"), std::string::npos);
  EXPECT_NE(refused("x\n1,234\n").find("2 fields, expected 1"), std::string::npos);
}

TEST(SeriesCsv, ATypoIsNoTimeAndAMissingTimeNoNumber) {
  EXPECT_NE(refused("temp,hum\n10.2,5\n1O.2,4\n").find("line 3: the column \"temp\" has \"1O.2\""),
            std::string::npos);
  const Series series = parsed("year,x\n1900,5\n,6\n1902,7\n");
  EXPECT_EQ(series.columns, Texts{"x"});
  EXPECT_EQ(series.times, (Texts{"1900", "", "1902"}));
}

TEST(SeriesCsv, TurnsDatesOfEveryOrderRound) {
  for (const char* text :
       {"d,x\n31.12.2009,3\n1.12.2009,2\n30.11.2009,1\n", "d,x\n2009-10-1,3\n2009-9-30,2\n2009-9-2,1\n",
        "d,x\n12/31/2009,3\n12/1/2009,2\n11/30/2009,1\n"})
    EXPECT_EQ(parsed(text).values, (std::vector<double>{1, 2, 3})) << text;
  EXPECT_EQ(parsed("d,x\n30.11.2009,1\n1.12.2009,2\n31.12.2009,3\n").values, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(parsed("d,x\n1/5/2009,1\n1/6/2009,2\n").values, (std::vector<double>{1, 2})) << "up either way";
}

TEST(SeriesCsv, AnEmptyLineOfOneColumnIsAGap) {
  const Series series = parsed("x\n1\n\n3\n\"\"\n5\n\n\n");
  ASSERT_EQ(series.rows(), 5);
  EXPECT_EQ(series.missing(), 2);
  EXPECT_EQ(series.at(4, 0), 5);
  EXPECT_EQ(parsed("\n\na;b\n1;2\n\n3;4\n").values, (std::vector<double>{1, 2, 3, 4}))
      << "elsewhere it is nothing";
}

TEST(SeriesCsv, SaysThatColumnsHaveNoNamesAndReadsTinyNumbers) {
  const Series series = parsed("1e-400,2\n3,4\n");
  EXPECT_EQ(series.at(0, 0), 0);
  ASSERT_EQ(series.notes.size(), 1u);
  EXPECT_NE(series.notes[0].find("its columns have no names"), std::string::npos);
  EXPECT_NE(refused("a,b\n1,2\n", {"a", "a"}).find("is taken twice"), std::string::npos);
}

TEST(SeriesCsv, ReadsThousandsWhereTheyAreConsistent) {
  const auto values = [](std::string_view column, char separator) {
    std::string table = fmt::format("date{}x\n", separator);
    int day = 10;
    for (std::size_t at = 0; at < column.size();) {
      const std::size_t end = std::min(column.find('|', at), column.size());
      table += fmt::format("2020-01-{}{}\"{}\"\n", day++, separator, column.substr(at, end - at));
      at = end + 1;
    }
    return parsed(table).values;
  };
  using Values = std::vector<double>;
  EXPECT_EQ(values("1,234|12,345|999|1,234,567", ','), (Values{1234, 12345, 999, 1234567}));
  EXPECT_EQ(values("1,234.5|-2,000.25", ','), (Values{1234.5, -2000.25}));
  EXPECT_EQ(values("1,5|12,25|3", ','), (Values{1.5, 12.25, 3})) << "decimal commas: no groups of three";
  EXPECT_EQ(values("1,234|0,5", ','), (Values{1.234, 0.5}));
  EXPECT_EQ(values("0,125|0,250", ','), (Values{0.125, 0.25})) << "no group begins with 0";
  EXPECT_EQ(values("1.234,5|2", ';'), (Values{1234.5, 2}));
  EXPECT_EQ(values("1.234.567|2.345", ';'), (Values{1234567, 2345}));
  EXPECT_EQ(values("1,234,567|2,345", ';'), (Values{1234567, 2345}));
  EXPECT_EQ(values("1,5|2.5", ';'), (Values{1.5, 2.5})) << "either, as before";
  EXPECT_EQ(values("1 234|12\xC2\xA0"
                   "345,5|1\xE2\x80\xAF"
                   "000",
                   ';'),
            (Values{1234, 12345.5, 1000}));
  EXPECT_EQ(values("1'234.5|12\xE2\x80\x99"
                   "000",
                   ','),
            (Values{1234.5, 12000}));
  EXPECT_NE(refused("a,b\n\"1,234\",1\n\"12,34,5\",5\n\"1,000\",7\n").find("line 3: the column \"a\""),
            std::string::npos)
      << "what is not consistent is refused";
  const Series noted = parsed("a;b\n1,234;5\n2,345;7\n");
  EXPECT_EQ(noted.at(0, 0), 1.234);
  ASSERT_EQ(noted.notes.size(), 1u);
  EXPECT_NE(noted.notes[0].find("could have ',' between its thousands"), std::string::npos);
  const Series series = parsed("id,sales\n1,\"1,234\"\n2,\"2,345\"\n3,\"3,456\"\n");
  EXPECT_EQ(series.columns, Texts{"sales"});
  EXPECT_EQ(series.values, (Values{1234, 2345, 3456}));
  ASSERT_EQ(series.notes.size(), 2u);
  EXPECT_NE(series.notes[1].find("has ',' between its thousands"), std::string::npos);
  EXPECT_EQ(parsed("\"1,234\",5\n\"2,345\",7\n").rows(), 2) << "a first line of numbers has no names";
  EXPECT_EQ(parsed("price,x\n\"1,234\",5\n\"2,345\",7\n").width(), 2) << "numbers say no times";
}

TEST(SeriesCsv, ReadsPercentSigns) {
  const Series series = parsed("date,share\n2020-01,5%\n2020-02,12.5 %\n2020-03,\n2020-04,-3%\n");
  EXPECT_EQ(series.at(0, 0), 5);
  EXPECT_EQ(series.at(1, 0), 12.5);
  EXPECT_TRUE(std::isnan(series.at(2, 0)));
  EXPECT_EQ(series.at(3, 0), -3);
  EXPECT_NE(series.notes.at(0).find("\"share\" is in percent"), std::string::npos);
  EXPECT_EQ(parsed("date,5%,95%\n2020-01,1,2\n2020-02,3,4\n").columns, (Texts{"5%", "95%"}));
  EXPECT_NE(refused("date,x\n2020-01,5%\n2020-02,6%\n2020-03,7\n").find("line 4: the column \"x\" has \"7\""),
            std::string::npos)
      << "with and without are not one column";
}

TEST(SeriesCsv, WhatOnlyCountsRowsIsNotForecast) {
  for (const char* text : {"id,x\n0,5\n1,3\n2,4\n", "id,x\n1,5\n2,3\n3,4\n", "1,5\n2,3\n3,4\n"}) {
    const Series series = parsed(text);
    EXPECT_EQ(series.width(), 1) << text;
    EXPECT_EQ(series.values, (std::vector<double>{5, 3, 4}));
    EXPECT_NE(series.notes[0].find("only counts the rows"), std::string::npos);
  }
  EXPECT_EQ(parsed("id,x\n1,5\n2,3\n4,4\n").width(), 2) << "one is left out";
  EXPECT_EQ(parse_csv("id,x\n1,5\n2,3\n3,4\n", "old.csv", {}, {}, true).width(), 2) << "as it was learnt";
  EXPECT_EQ(parsed("id,x\n5,5\n6,3\n7,4\n").width(), 2);
  EXPECT_EQ(parsed("x\n1\n2\n3\n").width(), 1) << "there is nothing else";
  EXPECT_EQ(parsed("a,b\n1,0\n2,1\n3,2\n").width(), 2);
  EXPECT_EQ(parsed("id,x\n0,5\n1,3\n2,4\n", {}, {"id"}).width(), 2) << "it is given";
  EXPECT_EQ(parsed("id,x\n0,5\n1,3\n2,4\n", {"id"}).columns, Texts{"id"}) << "somebody wants it";
}

TEST(SeriesTimes, GoOnAsAllOfThemDo) {
  Series series = parsed("date,x\n2020-11,1\n2020-12,2\n");
  EXPECT_EQ(series.time(0), "2020-11");
  EXPECT_EQ(series.time(2), "2021-01");
  EXPECT_EQ(series.time(14), "2022-01");
  EXPECT_EQ(parsed("year,x\n1700,1\n1705,2\n").time(3), "1715");
  EXPECT_EQ(parsed("day,x\nMon,1\nTue,2\n").time(3), "+2");
  EXPECT_EQ(parsed("x\n1\n2\n").time(7), "7");
  EXPECT_EQ(parsed("date,x\n2020-02-28,1\n2020-02-29,2\n").time(2), "2020-03-01");
  EXPECT_EQ(parsed("date,x\n2020-03-02,3\n2020-03-01,2\n2020-02-29,1\n").time(3), "2020-03-03")
      << "the newest came first";
  EXPECT_EQ(parsed("date,x\n1/1/2020,1\n1/2/2020,2\n1/4/2020,3\n").time(4), "+2");
}

}  // namespace
}  // namespace gatescope::series
