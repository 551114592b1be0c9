#include "core/nn/layer_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

/// All 128 combinations.
std::vector<LayerOptions> every_combination() {
  std::vector<LayerOptions> all;
  for (unsigned bits = 0; bits < 128; ++bits) {
    const auto on = [&](unsigned place) { return (bits >> place & 1U) != 0; };
    all.push_back({on(0), on(1), on(2), on(3), on(4), on(5), on(6)});
  }
  return all;
}

TEST(LayerTable, KeepsTheCellsOwnRowsInFrontAndNamesNothingTwice) {
  for (const CellInfo* cell : all_cells()) {
    for (const LayerOptions& options : every_combination()) {
      const CellInfo& with = with_options(*cell, options);
      if (options == LayerOptions{}) {
        EXPECT_EQ(&with, cell);
        continue;
      }
      EXPECT_EQ(with.plain, cell);
      EXPECT_EQ(with.hidden(), cell->output);
      EXPECT_EQ(with.memory(), cell->memory());
      EXPECT_EQ(with.paths(), cell->paths());
      std::set<std::string_view> symbols, names;
      for (std::size_t k = 0; k < with.channels.size(); ++k) {
        EXPECT_TRUE(symbols.insert(with.channels[k].symbol).second)
            << cell->key << " " << with.channels[k].symbol;
        if (k < cell->channels.size()) {
          EXPECT_EQ(with.channels[k].symbol, cell->channels[k].symbol);
        }
      }
      for (std::size_t k = 0; k < with.parameters.size(); ++k) {
        EXPECT_TRUE(names.insert(with.parameters[k].name).second)
            << cell->key << " " << with.parameters[k].name;
        if (k < cell->parameters.size()) {
          EXPECT_EQ(with.parameters[k].name, cell->parameters[k].name);
        }
      }
      // A product would take a state from the step before.
      for (const Product& product : with.products.subspan(cell->products.size()))
        EXPECT_FALSE(with.is_state(product.from)) << cell->key << " " << with.channels[product.from].symbol;
      // No letter of an option may be read as one of the cell's.
      for (const ParameterInfo& own : cell->parameters)
        for (const ParameterInfo& other : with.parameters.subspan(cell->parameters.size()))
          EXPECT_FALSE(other.letter.starts_with(own.letter)) << cell->key << " " << other.letter;
    }
  }
}

TEST(LayerTable, IsTheSameForEveryThreadAndStaysWhereItIs) {
  const CellInfo& cell = find_cell("lstm");
  std::vector<std::vector<const CellInfo*>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& own : found)
      threads.emplace_back([&cell, &own] {
        for (const LayerOptions& options : every_combination()) own.push_back(&with_options(cell, options));
      });
  }
  for (const auto& own : found) EXPECT_EQ(own, found[0]);
  EXPECT_EQ(std::set(found[0].begin(), found[0].end()).size(), 128U);
}

}  // namespace
}  // namespace gatescope::nn
