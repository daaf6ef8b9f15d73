fuzzer(png node_image)
fuzzer(svg node_image)
