# Badges in images.
unit_test(image node_image)
