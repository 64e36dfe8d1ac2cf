"""What a model says in words and figures: the gathered results, and sentences that follow from them."""
