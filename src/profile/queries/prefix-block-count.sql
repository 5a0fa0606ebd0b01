SELECT count(*) AS blocks FROM prefix_blocks;
