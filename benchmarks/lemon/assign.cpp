// Solves a minimum cost flow of benchmarks/lemon/network.ts with LEMON 1.3's network simplex and cost scaling; prints one JSON line per run (milliseconds; `cpu` holds setup and run).
// Build: g++ -O3 -march=native -o assign assign.cpp    Use: assign FILE (simplex|scaling|both) RUNS
// File (little endian): int32 nodes, int32 arcs; int64 supply by node; then by arc: int32 source, int32 target, int64 lower, int64 upper (-1: open), int64 cost.
#include <lemon/cost_scaling.h>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

using Graph = lemon::StaticDigraph;
template <class T> static std::vector<T> take(FILE *file, size_t n) {
  std::vector<T> values(n);
  if (n > 0 && fread(values.data(), sizeof(T), n, file) != n) { fprintf(stderr, "short file\n"); exit(2); }
  return values;
}

template <class Solver> static void measure(const char *name, const Graph &graph, const std::vector<int64_t> &supply, const std::vector<int64_t> &lower,
                                            const std::vector<int64_t> &upper, const std::vector<int64_t> &cost, int runs) {
  Graph::NodeMap<int64_t> supplies(graph);
  Graph::ArcMap<int64_t> lowers(graph), uppers(graph), costs(graph);
  for (size_t i = 0; i < supply.size(); i++) supplies[graph.node(i)] = supply[i];
  for (size_t i = 0; i < cost.size(); i++) {
    lowers[graph.arc(i)] = lower[i];
    uppers[graph.arc(i)] = upper[i];
    costs[graph.arc(i)] = cost[i];
  }
  for (int run = 0; run < runs; run++) {
    auto clock = std::clock();
    auto begin = std::chrono::steady_clock::now();
    Solver solver(graph);
    solver.lowerMap(lowers).upperMap(uppers).costMap(costs).supplyMap(supplies);
    auto ready = std::chrono::steady_clock::now();
    auto result = solver.run();
    auto end = std::chrono::steady_clock::now();
    double cpu = 1000.0 * (double)(std::clock() - clock) / CLOCKS_PER_SEC;
    using ms = std::chrono::duration<double, std::milli>;
    __int128 total = 0;
    for (size_t i = 0; i < cost.size(); i++) total += (__int128)solver.flow(graph.arc(i)) * cost[i];
    bool negative = total < 0;
    unsigned __int128 rest = negative ? -total : total;
    char digits[48];
    int at = 47;
    digits[at] = 0;
    do { digits[--at] = '0' + (int)(rest % 10); rest /= 10; } while (rest > 0);
    printf("{\"algorithm\":\"%s\",\"optimal\":%s,\"setup\":%.2f,\"run\":%.2f,\"cpu\":%.2f,\"cost\":\"%s%s\"}\n", name, result == Solver::OPTIMAL ? "true" : "false",
           ms(ready - begin).count(), ms(end - ready).count(), cpu, negative ? "-" : "", digits + at);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 2;
  auto head = take<int32_t>(file, 2);
  auto supply = take<int64_t>(file, head[0]);
  auto source = take<int32_t>(file, head[1]);
  auto target = take<int32_t>(file, head[1]);
  auto lower = take<int64_t>(file, head[1]);
  auto upper = take<int64_t>(file, head[1]);
  auto cost = take<int64_t>(file, head[1]);
  fclose(file);
  const int64_t open = (int64_t)1 << 40;
  for (auto &limit : upper) if (limit < 0) limit = open;
  std::vector<std::pair<int, int>> arcs;
  for (int i = 0; i < head[1]; i++) arcs.emplace_back(source[i], target[i]);
  Graph graph;
  graph.build(head[0], arcs.begin(), arcs.end());
  int runs = atoi(argv[3]);
  if (strcmp(argv[2], "scaling") != 0) measure<lemon::NetworkSimplex<Graph, int64_t, int64_t>>("simplex", graph, supply, lower, upper, cost, runs);
  if (strcmp(argv[2], "simplex") != 0) measure<lemon::CostScaling<Graph, int64_t, int64_t>>("scaling", graph, supply, lower, upper, cost, runs);
}
