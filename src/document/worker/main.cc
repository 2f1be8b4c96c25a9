// extract_worker: the extraction child as a program of its own, for the tests of this folder.
#include "document/extract_child.h"

int main(int argc, char** argv) { return vecgate::ExtractWorkerMain(argc, argv); }
