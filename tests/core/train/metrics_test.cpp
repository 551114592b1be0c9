#include "core/train/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/train/history.h"

namespace gatescope::train {
namespace {

std::vector<MetricsRow> rows(int updates) {
  std::vector<MetricsRow> all;
  for (int update = 1; update <= updates; ++update) {
    for (const char* model : {"lstm", "gru"}) {
      MetricsRow row{model, static_cast<std::uint64_t>(update), 4.0 / update + 0.1, {}, 1.5 / update, 0.7,
                     1000};
      if (update % 10 == 0) row.held_out = row.loss + 0.25;
      all.push_back(row);
    }
  }
  return all;
}

void expect_same(const std::vector<MetricsRow>& got, const std::vector<MetricsRow>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    EXPECT_EQ(got[k].model, wanted[k].model);
    EXPECT_EQ(got[k].update, wanted[k].update);
    EXPECT_EQ(got[k].loss, wanted[k].loss);
    EXPECT_EQ(got[k].held_out, wanted[k].held_out);
    EXPECT_EQ(got[k].norm_before, wanted[k].norm_before);
    EXPECT_EQ(got[k].norm_after, wanted[k].norm_after);
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string why(const std::string& csv) {
  try {
    parse_metrics(csv, "m.csv");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Metrics, ReadBackTheSame) {
  auto all = rows(20);
  all[3].model = "a, \"b\"; c";
  expect_same(parse_metrics(metrics_csv(all), "m.csv"), all);
}

TEST(Metrics, OfPairsHaveAnExactMatch) {
  auto all = rows(20);
  const std::string without = metrics_csv(all);
  EXPECT_EQ(without.find("exact_match"), std::string::npos) << "of pairs alone";
  for (MetricsRow& row : all)
    if (row.held_out) row.exact_match = 1.0 / static_cast<double>(row.update);
  const std::string csv = metrics_csv(all);
  EXPECT_TRUE(csv.starts_with(metrics_header(true)));
  const auto read = parse_metrics(csv, "m.csv");
  expect_same(read, all);
  for (std::size_t k = 0; k < all.size(); ++k) EXPECT_EQ(read[k].exact_match, all[k].exact_match);
  const auto old = parse_metrics(without, "m.csv");
  for (const MetricsRow& row : old) EXPECT_EQ(row.exact_match, std::nullopt);
  EXPECT_NE(why(csv.substr(0, csv.size() - 1) + "x\n").find("exact match"), std::string::npos);
}

TEST(Metrics, ReadBackAnyName) {
  for (const char* name : {"a b", " a", "a ", "a\x1b", "\ta", "a;b", "\"", "'", "\"a\",", "ü", "\x01\""}) {
    const MetricsRow row{name, 1, 0.5, {}, 1, 1, 10};
    const auto read = parse_metrics(metrics_csv({row}), "m.csv");
    ASSERT_EQ(read.size(), 1u) << name;
    EXPECT_EQ(read[0].model, name_in_table(name));
  }
}

TEST(Metrics, ReadWhatASpreadsheetSaved) {
  const auto all = rows(20);
  const std::string csv = metrics_csv(all);
  expect_same(parse_metrics(replaced(csv, "\n", "\r\n"), "m"), all);
  expect_same(parse_metrics(replaced(csv, "\n", "\r"), "m"), all);
  expect_same(parse_metrics("\xEF\xBB\xBF" + csv, "m"), all);
  expect_same(parse_metrics(replaced(csv, ",", "\t"), "m"), all);
  expect_same(parse_metrics(replaced(csv, "\n", ",,\n"), "m"), all);
  expect_same(parse_metrics(csv + "\n\n", "m"), all);
  const std::string semicolons = replaced(replaced(csv, ",", ";"), ".", ",");
  expect_same(parse_metrics(semicolons, "m"), all);
  expect_same(parse_metrics("sep=;\r\n" + replaced(semicolons, "\n", "\r\n"), "m"), all);
  expect_same(
      parse_metrics("\xEF\xBB\xBF\"" + replaced(replaced(csv, ",", "\",\""), "\n", "\"\n\"") + "\"", "m"),
      all);
}

TEST(Metrics, AreReadByTheNamesOfTheirColumns) {
  const auto read = parse_metrics(
      "note,loss_nats,update,held_out_nats,model\nmine,2.5,7,,lstm\n,\"2,25\",8.0,3,lstm\n", "m");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].loss, 2.5);
  EXPECT_EQ(read[0].update, 7u);
  EXPECT_FALSE(read[0].held_out);
  EXPECT_EQ(read[1].loss, 2.25);
  EXPECT_EQ(read[1].update, 8u);
  EXPECT_EQ(read[1].held_out, 3.0);
  EXPECT_TRUE(std::isnan(read[1].norm_before));
}

TEST(Metrics, NameTheLineThatCannotBeRead) {
  const std::string csv = metrics_csv(rows(3));
  EXPECT_NE(why("").find("line 1"), std::string::npos) << why("");
  EXPECT_NE(why("a,b\n1,2\n").find("line 1"), std::string::npos);
  EXPECT_NE(why(csv + "lstm,4,x,1,1,,,1,1,1\n").find("line 8 cannot be read: its loss is \"x\""),
            std::string::npos)
      << why(csv + "lstm,4,x,1,1,,,1,1,1\n");
  EXPECT_NE(why(csv + "lstm,4,1.2").find("line 8"), std::string::npos);
  EXPECT_NE(why(csv + "lstm,-4,1,1,1,,,1,1,1\n").find("update is \"-4\""), std::string::npos);
  EXPECT_NE(why(csv + "lstm,1.500,1,1,1,,,1,1,1\n").find("update"), std::string::npos);
  EXPECT_NE(why(csv + "lstm,4,1,1,1,,,1,1,1,9\n").find("11 values"), std::string::npos);
  EXPECT_NE(why(csv + std::string(100000, 'x') + "\n").find("longer"), std::string::npos);
}

TEST(Metrics, TellEveryLineThatCannotBeReadAndReadTheOthers) {
  const auto all = rows(4);
  std::string csv = metrics_csv(all);
  csv.insert(csv.find('\n') + 1, std::string("garbage\n\0\xFF;;\n", 13));
  std::vector<std::uint64_t> bad;
  std::vector<MetricsRow> read;
  MetricsReader reader([&](const MetricsRow& row) { read.push_back(row); },
                       [&](std::uint64_t line, const std::string&) { bad.push_back(line); });
  for (const char c : csv) reader.read(std::string_view(&c, 1));  // however it comes
  reader.finish();
  expect_same(read, all);
  EXPECT_EQ(bad, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_FALSE(reader.plain());
}

TEST(Metrics, AreReadWithoutTheirHeader) {
  const auto all = rows(4);
  const std::string csv = metrics_csv(all);
  std::vector<MetricsRow> read;
  int bad = 0;
  MetricsReader reader([&](const MetricsRow& row) { read.push_back(row); },
                       [&](std::uint64_t, const std::string&) { ++bad; });
  reader.read(std::string_view(csv).substr(csv.find('\n') + 1));
  reader.finish();
  expect_same(read, all);
  EXPECT_EQ(bad, 1);
}

TEST(Metrics, OfPairsAreReadWithoutTheirHeader) {
  auto all = rows(4);
  for (MetricsRow& row : all) row.exact_match = 0.5;
  const std::string csv = metrics_csv(all);
  std::vector<MetricsRow> read;
  int bad = 0;
  MetricsReader reader([&](const MetricsRow& row) { read.push_back(row); },
                       [&](std::uint64_t, const std::string&) { ++bad; });
  reader.read(std::string_view(csv).substr(csv.find('\n') + 1));
  reader.finish();
  expect_same(read, all);
  for (const MetricsRow& row : read) EXPECT_EQ(row.exact_match, 0.5);
  EXPECT_EQ(bad, 1);
}

TEST(History, KeepsEveryRowOfAShortTraining) {
  const auto all = rows(4000);
  expect_same(history_of(all).rows(), all);
}

TEST(History, StaysBoundedAndKeepsSpikesAndTheLastRow) {
  History history;
  const std::uint64_t updates = 1'000'000;
  for (std::uint64_t update = 1; update <= updates; ++update) {
    const double wave = std::sin(static_cast<double>(update) * 0.37);
    MetricsRow row{"lstm", update, 2 + 0.1 * wave, {}, 1 + 0.1 * wave, 0.5, 1000};
    if (update == 123'457) row.loss = 50;
    if (update == 654'321) row.loss = 0.25;
    if (update == 777'777) row.norm_before = 1e6;
    if (update % 500 == 0) row.held_out = update == 250'000 ? 9.0 : 2.5;
    history.add(row);
    ASSERT_LE(history.models()[0].rows.size(), History::kMostRows);
  }
  const auto& kept = history.models()[0].rows;
  const auto has = [&](std::uint64_t update) {
    return std::ranges::find(kept, update, &MetricsRow::update) != kept.end();
  };
  EXPECT_GE(kept.size(), History::kMostRows / 8);
  for (const std::uint64_t update : {std::uint64_t{1}, std::uint64_t{123'457}, std::uint64_t{250'000},
                                     std::uint64_t{654'321}, std::uint64_t{777'777}, updates})
    EXPECT_TRUE(has(update)) << update;
  EXPECT_TRUE(std::ranges::is_sorted(kept, {}, &MetricsRow::update));
}

TEST(History, DependsOnTheRowsAloneAndNotOnWhenTheyWereMeasured) {
  History lived, read;
  std::vector<MetricsRow> all;
  for (std::uint64_t update = 1; update <= 60'000; ++update) {
    const double noise = static_cast<double>(update * 7919 % 1009) / 1009;
    MetricsRow row{"lstm", update, 1 + noise, {}, 2 - noise, 0.5, 1};
    lived.add(row);
    if (update % 3 == 0) {
      row.held_out = 2 * noise;
      lived.measure("lstm", *row.held_out);
    }
    all.push_back(row);
    read.add(row);
  }
  expect_same(lived.rows(), read.rows());
  lived.cut(100);
  EXPECT_EQ(lived.rows().back().update <= 100, true);
}

}  // namespace
}  // namespace gatescope::train
